//! Adapters of the bus.

mod memory;

pub use memory::MemoryBus;
