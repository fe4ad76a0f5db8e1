// The C++ Actor Framework as a peer of the suite: runs a workload and prints the protocol's lines.
#include "caf_peer.hpp"

int main(int count, char** words) {
    if (count == 2 && std::string(words[1]) == "version") {
        std::printf("%d.%d.%d\n", CAF_MAJOR_VERSION, CAF_MINOR_VERSION, CAF_PATCH_VERSION);
        return 0;
    }
    auto request = peer::requestOf(count, words);
    caf::actor_system_config config;
    config.set("scheduler.max-threads", request.workers());
    caf::actor_system system{config};
    peer::say("protocol 1");
    auto workload = request.text("workload");
    if (workload == "keyed-count") {
        peer::keyedCount(system, request);
    } else if (workload == "portal-ping-pong") {
        peer::pingPong(system, request);
    } else if (workload == "shopping-cart") {
        peer::shoppingCart(system, request);
    } else {
        std::fprintf(stderr, "portals-peer-caf: no workload '%s'\n", workload.c_str());
        return 64;
    }
    peer::say("end");
    return 0;
}
