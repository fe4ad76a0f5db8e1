// What must be true of the ledger and of the replies, whatever was killed when.

/// The faults that were found; the first ones are kept.
struct Faults {
    private(set) var count = 0
    private(set) var texts: [String] = []
    private static let keptMax = 20

    mutating func add(_ text: String) {
        count += 1
        if texts.count < Self.keptMax { texts.append(text) }
    }
}

/// Compares the ledger's files and the replies with what the clients sent.
///
/// The oracle is a serial run: the ledger must be what comes of the deposits, each once, taken one
/// after another in the order that the tickets say.
///
/// - Parameters:
///   - files: the lines of each partition's file.
///   - replies: of each client, the replies in the order in which it got them.
///   - sent: of each client, how many deposits it sent, from 1 on.
func check(files: [[String]], replies: [[String]], sent: [UInt64], _ faults: inout Faults) {
    var written: [Deposit: String] = [:]
    var entries: [Entry] = []
    for (partition, lines) in files.enumerated() {
        for (index, line) in lines.enumerated() {
            guard let entry = Entry(line) else {
                faults.add("ledger.\(partition), line \(index + 1) is no entry: '\(line)'")
                continue
            }
            if let before = written[entry.deposit] {
                faults.add("taken twice: '\(before)' and '\(line)'")
            }
            written[entry.deposit] = line
            entries.append(entry)
        }
        // A portal answers in the order in which it was asked.
        let counts = lines.compactMap { Entry($0) }
        var lastCount: [UInt64: UInt64] = [:]
        for entry in counts {
            let account = entry.deposit.account
            if entry.count != lastCount[account, default: 0] + 1 {
                faults.add("ledger.\(partition): '\(entry.text)' is out of its account's order")
            }
            lastCount[account] = entry.count
        }
    }
    for (client, count) in sent.enumerated() where count > 0 {
        for number in 1...count
        where written[Deposit(client: UInt64(client), number: number)] == nil {
            faults.add("lost: deposit \(number) of client \(client), which was acknowledged")
        }
    }
    let total = sent.reduce(0, +)
    if UInt64(written.count) > total {
        faults.add("\(written.count) deposits were taken, but \(total) sent")
    }
    checkSerial(entries, &faults)
    for (client, texts) in replies.enumerated() {
        checkReplies(UInt64(client), texts, sent: sent[client], written, &faults)
    }
}

private func checkSerial(_ entries: [Entry], _ faults: inout Faults) {
    var balances = Array(repeating: Balance(), count: Int(Deposit.accounts))
    for entry in entries.sorted(by: {
        $0.deposit.account == $1.deposit.account
            ? $0.count < $1.count : $0.deposit.account < $1.deposit.account
    }) {
        let account = Int(entry.deposit.account)
        balances[account].sum += entry.deposit.amount
        balances[account].count += 1
        if balances[account].sum != entry.balance || balances[account].count != entry.count {
            faults.add("'\(entry.text)' does not follow from the deposits before it")
        }
    }
    let tickets = entries.map(\.ticket).sorted()
    for (index, ticket) in tickets.enumerated() where ticket != UInt64(index + 1) {
        faults.add("ticket \(ticket) stands where \(index + 1) was to come")
        break
    }
    // A client's deposits to one account keep their order.
    var last: [[UInt64]: UInt64] = [:]
    for entry in entries.sorted(by: { $0.count < $1.count }) {
        let key = [entry.deposit.client, entry.deposit.account]
        if entry.deposit.number < last[key, default: 0] {
            faults.add("'\(entry.text)' came after deposit \(last[key, default: 0])")
        }
        last[key] = entry.deposit.number
    }
}

private func checkReplies(
    _ client: UInt64, _ texts: [String], sent: UInt64, _ written: [Deposit: String],
    _ faults: inout Faults
) {
    var answered: Set<UInt64> = []
    for text in texts {
        guard let entry = Entry(text), entry.deposit.client == client else {
            faults.add("client \(client) got no reply of its own: '\(text)'")
            continue
        }
        if !answered.insert(entry.deposit.number).inserted {
            faults.add("client \(client) got two replies for \(entry.deposit.number)")
        }
        if written[entry.deposit] != text {
            faults.add(
                "contradicted: client \(client) was told '\(text)', the ledger says "
                    + "'\(written[entry.deposit] ?? "nothing")'")
        }
    }
    if UInt64(answered.count) != sent {
        faults.add("client \(client) sent \(sent) deposits and got \(answered.count) replies")
    }
}
