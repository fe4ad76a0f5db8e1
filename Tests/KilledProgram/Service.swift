// The side that is killed: a site like a user's, with a journal, fed by sockets.
import Glibc
import Portals

/// Where one of its runs has its files and sockets.
struct Place {
    var directory: String
    var port: UInt16
    static let partitions = 3

    var unix: IngressAddress { .unixSocket("\(directory)/socket") }
    var tcp: IngressAddress { .tcp(host: "127.0.0.1", port: port) }
    var journal: String { "\(directory)/journal" }
    func ledger(_ partition: Int) -> String { "\(directory)/ledger.\(partition)" }
}

/// Runs the site until the process is killed, or until its standard input ends: no process stays
/// behind whose driver was killed itself.
func serve(_ place: Place) throws {
    var options = SiteOptions(workers: 2)
    options.engine.partitions = Place.partitions
    // The driver has work to do on the same processors.
    options.pins = false
    var journal = SiteJournal.directory(place.journal)
    // So short that many a kill meets a snapshot, and most recoveries begin with one.
    journal.snapshots.nanoseconds = 30_000_000
    let site = try Site(.configured(options), journal: journal)
    let unix = try Ingress(place.unix)
    let tcp = try Ingress(place.tcp)
    try site.launch(bank(unix: unix, tcp: tcp, ledger: "\(place.directory)/ledger"))
    print("ready")
    fflush(nil)
    var input = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
    while unsafe poll(&input, 1, 5) == 0 { try site.awaitHealth() }
}

extension Site {
    /// Throws why the site has stopped, if it has. Its sources never end, so it is at rest whenever
    /// no client sends.
    func awaitHealth() throws {
        do { try awaitRest(timeoutSeconds: 0.005) } catch SiteError.timedOut {}
    }
}
