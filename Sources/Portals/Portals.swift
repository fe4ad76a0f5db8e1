// A site: the core, and what a machine adds to it.
@_exported import PortalsCore
