// Matrices as YAML files, read with the line of every text so that faults can be shown.
import Foundation
import Yams

/// Reads the YAML form of a matrix.
///
/// ```yaml
/// workload: [shopping-cart, keyed-count]
/// system: [portals, hand-written]
/// workers: [1, 2]
/// atom-size: 1024
/// parameters:
///   mode: [conserving, faithful]
/// repetitions: 5
/// duration: 5s
/// per-workload:
///   keyed-count: { atom-size: [128, 1024], keys: 10000 }
/// exclude:
///   - { system: portals, workers: 2, atom-size: 5 }
/// constraints:
///   - { when: { system: hand-written }, then: { workers: 1 } }
/// one-at-a-time: [atom-size, keys]
/// lengths:
///   - { when: { mode: faithful }, events: 131072 }
/// ```
public enum MatrixFile {
    /// Keys at the top of a file.
    static let keys =
        MatrixDraft.entryKeys + [
            "parameters", "per-workload", "exclude", "constraints", "lengths",
        ]

    /// Reads a file.
    public static func read(path: String) throws(MatrixError) -> MatrixDraft {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw MatrixError([
                "\(path): cannot be read (\(error.localizedDescription)); check the path"
            ])
        }
        return try read(text: text, name: path)
    }

    /// Reads the text of a file; `name` stands for the file in faults.
    public static func read(text: String, name: String) throws(MatrixError) -> MatrixDraft {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw MatrixError(["\(name): is no YAML: \(error)"])
        }
        guard let root, let mapping = root.mapping else {
            throw MatrixError([
                "\(name):1: holds no keys; write 'KEY: VALUE' lines with keys of: "
                    + keys.joined(separator: ", ")
            ])
        }
        var reader = Reader(name: name)
        reader.draft.file = name
        for (key, value) in mapping { reader.top(key, value) }
        guard reader.problems.isEmpty else { throw MatrixError(reader.problems) }
        return reader.draft
    }

    private struct Reader {
        let name: String
        var draft = MatrixDraft()
        var problems: [String] = []

        init(name: String) { self.name = name }

        mutating func top(_ key: Node, _ value: Node) {
            let text = placed(key)
            switch text.text {
            case "parameters":
                draft.parameters += entries(value, of: text)
            case "per-workload":
                guard let mapping = value.mapping else {
                    fault(value, "'per-workload' holds no workloads", "write 'WORKLOAD: { … }'")
                    return
                }
                for (workload, settings) in mapping {
                    draft.overrides.append(
                        MatrixDraft.Override(
                            workload: placed(workload),
                            entries: entries(settings, of: placed(workload))))
                }
            case "exclude":
                for item in items(value) {
                    draft.rules.append(
                        MatrixDraft.Rule(
                            place: place(item), when: entries(item, of: text), then: nil))
                }
            case "constraints":
                for item in items(value) {
                    guard let when = item.mapping?["when"], let then = item.mapping?["then"],
                        item.mapping?.count == 2
                    else {
                        fault(
                            item, "a constraint has exactly 'when' and 'then'",
                            "write { when: { KEY: VALUE }, then: { KEY: VALUE } }")
                        continue
                    }
                    draft.rules.append(
                        MatrixDraft.Rule(
                            place: place(item), when: entries(when, of: text),
                            then: entries(then, of: text)))
                }
            case "lengths":
                for item in items(value) { length(item, of: text) }
            default:
                guard MatrixFile.keys.contains(text.text) else {
                    fault(
                        key, "'\(text.text)' is no key of a matrix",
                        NearestName.cure(for: text.text, among: MatrixFile.keys))
                    return
                }
                draft.entries.append(PlacedEntry(key: text, values: values(value, of: text)))
            }
        }

        private mutating func length(_ item: Node, of owner: PlacedText) {
            guard let mapping = item.mapping, mapping.count == 2, let when = mapping["when"],
                let (key, value) = mapping.first(where: {
                    ["events", "duration"].contains($0.key.string)
                }), value.scalar != nil
            else {
                fault(
                    item, "a length has exactly 'when' and one of 'events', 'duration'",
                    "write { when: { KEY: VALUE }, events: COUNT }")
                return
            }
            draft.lengths.append(
                MatrixDraft.LengthRule(
                    place: place(item), when: entries(when, of: owner),
                    length: PlacedEntry(key: placed(key), values: [placed(value)])))
        }

        private mutating func entries(_ node: Node, of owner: PlacedText) -> [PlacedEntry] {
            guard let mapping = node.mapping else {
                fault(node, "'\(owner.text)' holds no keys", "write { KEY: VALUE }")
                return []
            }
            return mapping.map { key, value in
                let key = placed(key)
                return PlacedEntry(key: key, values: values(value, of: key))
            }
        }

        /// A scalar or a list of scalars. The text as written: YAML would make `on` a Boolean.
        private mutating func values(_ node: Node, of key: PlacedText) -> [PlacedText] {
            var result: [PlacedText] = []
            for item in items(node) {
                guard item.scalar != nil else {
                    fault(
                        item, "a value of '\(key.text)' is no single text",
                        "write VALUE or [VALUE, VALUE]")
                    continue
                }
                result.append(placed(item))
            }
            return result
        }

        private func items(_ node: Node) -> [Node] { node.sequence.map { Array($0) } ?? [node] }

        private func placed(_ node: Node) -> PlacedText {
            PlacedText(node.scalar?.string ?? "", at: place(node))
        }

        private func place(_ node: Node) -> String { "\(name):\(node.mark?.line ?? 1)" }

        private mutating func fault(_ node: Node, _ problem: String, _ cure: String) {
            problems.append("\(place(node)): \(problem); \(cure)")
        }
    }
}
