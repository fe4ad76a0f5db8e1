// swift-tools-version: 6.2
// A user's package that depends on Portals alone. `scripts/test-client` writes the README's
// programs into its targets and builds it; none of the benchmark suite may be built for it.
import PackageDescription

let package = Package(
    name: "client",
    dependencies: [.package(name: "portals", path: "../..")],
    targets: [
        .executableTarget(
            name: "FirstProgram", dependencies: [.product(name: "Portals", package: "portals")]),
        .executableTarget(
            name: "DurableProgram",
            dependencies: [.product(name: "Portals", package: "portals")]),
    ]
)
