// What flows through the program that is killed: deposits of clients, and the entries of the ledger
// that its sink writes and its replies say.
import Portals

/// A deposit, as a client sends it: a function of the client and its number, so that every copy of
/// it can be told from a false one.
struct Deposit: Event, Hashable {
    var client: UInt64
    var number: UInt64
    var account: UInt64
    var amount: UInt64

    static let accounts: UInt64 = 37
    private static let byteCount = 32

    init(client: UInt64, number: UInt64) {
        self.client = client
        self.number = number
        // The generator of Steele, Lea, Flood, OOPSLA 2014.
        var mixed = (client &* 0x9E37_79B9_7F4A_7C15) ^ (number &* 0xD1B5_4A32_D192_ED03)
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        account = mixed % Self.accounts
        amount = 1 + (mixed >> 32) % 1_000
    }

    /// As it is sent: four numbers in the machine's order; both ends are one machine.
    var bytes: [UInt8] {
        unsafe withUnsafeBytes(of: self) { unsafe Array($0) }
    }

    init?(_ bytes: RawSpan) {
        guard bytes.byteCount == Self.byteCount else { return nil }
        // Four integers: any bits are a value.
        self = unsafe bytes.unsafeLoadUnaligned(as: Deposit.self)
    }
}

/// What the ledger says of a deposit.
struct Entry: Event, Hashable {
    var deposit: Deposit
    /// The account's balance after it, and how many deposits it has had.
    var balance: UInt64 = 0
    var count: UInt64 = 0
    /// Its place among all deposits, from 1 on.
    var ticket: UInt64 = 0

    private var numbers: [UInt64] {
        [deposit.client, deposit.number, deposit.account, deposit.amount, balance, count, ticket]
    }

    var text: String { numbers.map { "\($0)" }.joined(separator: " ") }

    init(_ deposit: Deposit, balance: UInt64, count: UInt64) {
        self.deposit = deposit
        self.balance = balance
        self.count = count
    }

    /// Of a line of the ledger; nil if it is none, or not of a deposit that could have been sent.
    init?(_ text: some StringProtocol) {
        let numbers = text.split(separator: " ").compactMap { UInt64($0) }
        guard numbers.count == 7 else { return nil }
        deposit = Deposit(client: numbers[0], number: numbers[1])
        guard deposit.account == numbers[2], deposit.amount == numbers[3] else { return nil }
        balance = numbers[4]
        count = numbers[5]
        ticket = numbers[6]
    }
}

struct Balance: BitwiseCopyable {
    var sum: UInt64 = 0
    var count: UInt64 = 0
}

/// Deposits from two ingresses, in the order of a sequencer, add to balances by account; each asks
/// a portal for a ticket, and is written to the file and replied to with it.
func bank(unix: Ingress, tcp: Ingress, ledger: String) -> Application {
    Application("bank") { app in
        let tickets = app.portal(
            "tickets", asking: UInt64.self, replying: UInt64.self, keyedBy: { _ in 0 })
        let all = app.sequencer("all", of: Deposit.self)
        app.connect(app.source("unix", unix) { Deposit($0) }, to: all)
        app.connect(app.source("tcp", tcp) { Deposit($0) }, to: all)
        app.workflow("office")
            .requestsOnly()
            .task("next", state: UInt64(0), emits: Never.self, replies: tickets) { _, _, _ in
            } onRequest: { _, count, task in
                count += 1
                task.reply(count)
            }
        let entries = app.workflow("accounts")
            .source(all.stream)
            .key { $0.account }
            .task(
                "account", state: Balance(), emits: Entry.self, asks: tickets,
                remembering: Entry.self
            ) { deposit, balance, task in
                balance.sum += deposit.amount
                balance.count += 1
                let entry = Entry(deposit, balance: balance.sum, count: balance.count)
                task.ask(tickets, deposit.account, remembering: entry)
            } onReply: { ticket, entry, _, task in
                var entry = entry
                entry.ticket = ticket
                task.emit(entry)
            }
        entries.sink(
            "ledger",
            FileSink(ledger) { entry, bytes in
                bytes.append(contentsOf: Array((entry.text + "\n").utf8))
            })
        for (name, ingress, parity) in [("unix", unix, UInt64(0)), ("tcp", tcp, UInt64(1))] {
            entries.filter { $0.deposit.client % 2 == parity }
                .sink(
                    "replies by \(name)",
                    ingress.replies(to: { $0.deposit.client }) { entry, bytes in
                        bytes.append(contentsOf: Array(entry.text.utf8))
                    })
        }
    }
}
