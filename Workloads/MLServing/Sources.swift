// The generators of requests and examples.
import Portals

/// The requests of a run, by their index.
struct RequestSource<let pixelCount: Int>: IndexedSource {
    let definition: Definition
    let pictures: [Picture<pixelCount>]

    func event(at index: UInt64) -> Request<pixelCount> {
        let (client, number) = definition.request(at: index, pictures: pictures.count)
        return Request(client: client, number: number, picture: pictures[Int(number)])
    }
}

/// The training examples of a run, by their index; each is drawn from all.
struct ExampleSource<let pixelCount: Int>: IndexedSource {
    let definition: Definition
    let pictures: [Picture<pixelCount>]
    let labels: [UInt8]

    func event(at index: UInt64) -> Example<pixelCount> {
        let place = definition.example(at: index, count: pictures.count)
        return Example(label: labels[place], picture: pictures[place])
    }
}
