//! Adapters of the bus.

mod memory;
mod nats;

pub use memory::MemoryBus;
pub use nats::NatsBus;
