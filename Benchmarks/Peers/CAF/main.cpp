// The C++ Actor Framework as a peer of the suite: runs a workload and prints the protocol's lines.
#include "peer.hpp"

int main(int count, char** words) {
    if (count == 2 && std::string(words[1]) == "version") {
        std::printf("%d.%d.%d\n", CAF_MAJOR_VERSION, CAF_MINOR_VERSION, CAF_PATCH_VERSION);
        return 0;
    }
    peer::Request request;
    for (int at = 1; at < count; ++at) {
        std::string word = words[at];
        auto sign = word.find('=');
        if (sign == std::string::npos) {
            std::fprintf(stderr, "portals-peer-caf: '%s' is no key=value\n", words[at]);
            return 64;
        }
        request.values[word.substr(0, sign)] = word.substr(sign + 1);
    }
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
