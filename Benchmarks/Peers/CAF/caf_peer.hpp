// What the CAF peer's workloads share: the messages, and what main starts.
#pragma once

#include <caf/all.hpp>

#include "../Cpp/peer.hpp"

namespace peer {

void keyedCount(caf::actor_system& system, const Request& request);
void pingPong(caf::actor_system& system, const Request& request);
void shoppingCart(caf::actor_system& system, const Request& request);

// Messages that several workloads have.
using go_atom = caf::atom_constant<caf::atom("go")>;
using sync_atom = caf::atom_constant<caf::atom("sync")>;
using synced_atom = caf::atom_constant<caf::atom("synced")>;
using done_atom = caf::atom_constant<caf::atom("done")>;
using finish_atom = caf::atom_constant<caf::atom("finish")>;

}  // namespace peer
