//! Where a network is trained.

use super::NAME;
use crate::algorithms::library::guarded;
use burn::backend::{Autodiff, Cuda, Flex};
use burn::tensor::{Tensor, TensorData};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// Gradients on the CPU.
pub(super) type OnCpu = Autodiff<Flex>;
/// Gradients on a GPU.
pub(super) type OnGpu = Autodiff<Cuda>;

/// What the driver of a GPU puts into the file system.
const DRIVER: &str = "/dev/nvidiactl";

static GIVEN_UP: AtomicBool = AtomicBool::new(false);

/// Takes no GPU any more in this process.
pub(super) fn give_up() {
    GIVEN_UP.store(true, Ordering::Relaxed);
}

/// Whether a GPU is there, computes, and was not given up.
pub(crate) fn gpu() -> bool {
    !GIVEN_UP.load(Ordering::Relaxed) && look() == &Seen::Computes
}

/// What was seen of a GPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// There is none.
    Nothing,
    /// There is one that cannot be used, and why.
    Refused(String),
    /// There is one.
    Computes,
}

/// Looks once a process: a driver without its libraries, or one that is too old for them, shows only
/// when it is used.
pub fn look() -> &'static Seen {
    static SEEN: OnceLock<Seen> = OnceLock::new();
    SEEN.get_or_init(|| {
        if !Path::new(DRIVER).exists() {
            return Seen::Nothing;
        }
        match guarded(NAME, || Ok(computes())) {
            Ok(true) => Seen::Computes,
            Ok(false) => Seen::Refused("it miscalculates".to_owned()),
            Err(error) => Seen::Refused(error.to_string()),
        }
    })
}

/// Two times three, on the GPU.
fn computes() -> bool {
    let device = Default::default();
    let number =
        |value: f32| Tensor::<Cuda, 2>::from_data(TensorData::new(vec![value], [1, 1]), &device);
    let product = number(2.0).matmul(number(3.0)).into_data();
    product.to_vec::<f32>().is_ok_and(|values| values == [6.0])
}
