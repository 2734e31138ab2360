//! Derivatives and values of the regression losses. With a logarithmic link `μ = eˢ`.

/// Keeps `eˢ` finite whatever a diverging fit does.
fn exp(score: f64) -> f64 {
    score.min(300.0).exp()
}

/// sign(s − y); the hessian of one makes leaf counts out of hessian sums.
pub(super) fn absolute(y: f64, score: f64) -> (f64, f64) {
    let grad = match score.partial_cmp(&y) {
        Some(std::cmp::Ordering::Greater) => 1.0,
        Some(std::cmp::Ordering::Less) => -1.0,
        _ => 0.0,
    };
    (grad, 1.0)
}

/// Koenker & Bassett 1978.
pub(super) fn pinball(y: f64, score: f64, alpha: f64) -> (f64, f64) {
    (if score >= y { 1.0 - alpha } else { -alpha }, 1.0)
}

pub(super) fn pinball_loss(y: f64, score: f64, alpha: f64) -> f64 {
    let error = y - score;
    error * if error >= 0.0 { alpha } else { alpha - 1.0 }
}

/// μ − y, and a hessian raised by e^0.7 that damps the first steps (`poisson_max_delta_step`).
pub(super) fn poisson(y: f64, score: f64) -> (f64, f64) {
    (exp(score) - y, exp(score + 0.7))
}

pub(super) fn poisson_loss(y: f64, score: f64) -> f64 {
    exp(score) - y * score
}

/// Jørgensen 1987, for variance power ρ in (1, 2).
pub(super) fn tweedie(y: f64, score: f64, power: f64) -> (f64, f64) {
    let (a, b) = (1.0 - power, 2.0 - power);
    // `a` is negative: this one overflows on the other side.
    let (ea, eb) = (exp(a * score), exp(b * score));
    (eb - y * ea, b * eb - y * a * ea)
}

pub(super) fn tweedie_loss(y: f64, score: f64, power: f64) -> f64 {
    let (a, b) = (1.0 - power, 2.0 - power);
    exp(b * score) / b - y * exp(a * score) / a
}
