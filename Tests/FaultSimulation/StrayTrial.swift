// A trial of a task that does not make the same of the same: the recovery must name it.
import Portals
import RandomApplications

/// Three lives of one site, each run to its end and killed. In the second, one task makes another
/// event of one atom than before, which must be refused; in the third it makes the same again, and
/// nothing may have changed.
enum StrayTrial {
    private static let path = "/straying/workflows/work/stray"

    static func failure(_ plan: FaultPlan) -> Finding? {
        var numbers = Draw(seed: plan.lives[0].seed)
        let atoms = 2 + numbers.below(20)
        // Its digest is written with a later decision: one comes after it.
        let strayed = numbers.below(atoms - 1)
        let disk = SimulatedDisk(seed: plan.lives[0].seed)
        do {
            try live(plan, disk, atoms, strayed: nil)
            do {
                try live(plan, disk, atoms, strayed: strayed)
                return Finding(
                    kind: .strayNotNamed, text: "atom \(strayed) of \(atoms) came otherwise")
            } catch RecoveryError.notDeterministic(let task, _, _) where task == path {}
            try live(plan, disk, atoms, strayed: nil)
            return nil
        } catch {
            return Finding(kind: .unexpectedError, text: "a straying task: \(error)")
        }
    }

    private static func live(
        _ plan: FaultPlan, _ disk: SimulatedDisk, _ atoms: Int, strayed: Int?
    ) throws {
        var files = JournalOptions()
        files.segmentBytes = plan.segmentPages * SimulatedDisk.pageBytes
        files.salt = 99
        let journal = try SegmentJournal(
            opening: disk.kill(), application: JournalApplication(name: "straying"), options: files)
        try journal.fence()
        var options = EngineOptions()
        options.commit = .durable
        options.partitions = plan.partitions
        options.workers = plan.lives[0].workers
        options.ringCapacity = plan.lives[0].ringCapacity
        options.digestInterval = 1
        let site = try SimulatedSite(
            options, seed: plan.lives[0].seed, journal: journal,
            applications: [straying(atoms, strayed)])
        try site.run()
        // As a site does that ends: what is recorded after the last decision, too.
        site.engine.publishRecords()
        try site.run()
    }

    private static func straying(_ atoms: Int, _ strayed: Int?) -> Application {
        let events = numbered(atoms, 1)
        let first = strayed.map { events[$0][0] }
        return Application("straying") { app in
            app.workflow("work").source(app.generator("g", atoms: events)).key(keyOf)
                .task("steady", state: 0, emits: Int.self) { event, sum, task in
                    sum += event
                    task.emit(event)
                }
                .task("stray", state: 0, emits: Int.self) { event, sum, task in
                    sum += event
                    task.emit(event == first ? -sum : sum)
                }.sink("out")
        }
    }
}
