//! Timely Dataflow as a peer of the suite: one program that runs a workload of the suite and says
//! what it measured in the protocol of `Benchmarks/Peers/README.md`.

mod generators;
mod histogram;
mod keyed_count;
mod ping_pong;
mod report;
mod request;
mod rounds;
mod shopping_cart;
mod top_items;

use request::Request;

fn main() {
    let request = match Request::parse(std::env::args().skip(1)) {
        Ok(request) => request,
        Err(fault) => fail(&fault),
    };
    report::hello();
    match request.workload.as_str() {
        "keyed-count" => keyed_count::run(request),
        "shopping-cart" => shopping_cart::run(request),
        "portal-ping-pong" => ping_pong::run(request),
        other => fail(&format!("no workload '{other}' here")),
    }
    report::end();
}

fn fail(fault: &str) -> ! {
    eprintln!("portals-peer-timely: {fault}");
    std::process::exit(64)
}
