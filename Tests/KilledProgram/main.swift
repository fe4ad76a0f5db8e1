// A real program that is killed by SIGKILL at random instants under load, and the one that kills
// it: nothing may be lost, repeated or contradicted. `scripts/test-killed` builds and runs it.
//
// usage: KilledProgram drive DIRECTORY KILLS SEED
//        KilledProgram serve DIRECTORY PORT       (started by `drive`)
import Foundation
import Portals

func refuse() -> Never {
    print("usage: KilledProgram drive DIRECTORY KILLS SEED | serve DIRECTORY PORT")
    exit(64)
}

/// A port that nobody has now, and that the system gives to nobody soon.
func freePort() throws -> UInt16 {
    guard case .tcp(_, let port) = try Ingress(.tcp(host: "127.0.0.1", port: 0)).address else {
        preconditionFailure("a TCP ingress has a TCP address")
    }
    return port
}

let arguments = CommandLine.arguments
guard arguments.count >= 4 else { refuse() }
do {
    switch arguments[1] {
    case "serve":
        guard let port = UInt16(arguments[3]) else { refuse() }
        try serve(Place(directory: arguments[2], port: port))
    case "drive":
        guard arguments.count == 5, let kills = Int(arguments[3]), let seed = UInt64(arguments[4])
        else { refuse() }
        var options = DriveOptions()
        options.kills = kills
        options.seed = seed
        let place = Place(directory: arguments[2], port: try freePort())
        exit(try drive(place, options) ? 0 : 1)
    default: refuse()
    }
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(1)
}
