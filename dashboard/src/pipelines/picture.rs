//! Plots as PNG, for those who paste them into a text.

use domain::Failure;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb::Database};
use std::sync::{Arc, LazyLock};

/// Pixels of the PNG a pixel of the SVG: sharp on paper.
const SCALE: f32 = 2.0;
/// A side of a plot that we drew is never longer; a longer one is refused, not drawn.
const LONGEST: f32 = 8_000.0;

/// The one font that is carried, as a server may have none: Latin, Greek, Cyrillic and Arabic.
static FONT: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_font_data(include_bytes!("../../assets/DejaVuSans.ttf").to_vec());
    fonts.set_sans_serif_family("DejaVu Sans");
    Arc::new(fonts)
});

/// Draws an SVG; takes about 20 ms, so not for async threads.
pub fn png(svg: &[u8]) -> Result<Vec<u8>, Failure> {
    let options = Options {
        fontdb: Arc::clone(&FONT),
        font_family: "DejaVu Sans".to_owned(),
        ..Options::default()
    };
    let broken = |reason: String| Failure::internal(format!("a plot cannot be drawn: {reason}"));
    let tree = Tree::from_data(svg, &options).map_err(|error| broken(error.to_string()))?;
    let size = tree.size();
    let (width, height) = (size.width() * SCALE, size.height() * SCALE);
    if width.max(height) > LONGEST {
        return Err(broken(format!("it is {width} by {height} pixels large")));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the longest side"
    )]
    let mut pixels = Pixmap::new(width.ceil() as u32, height.ceil() as u32)
        .ok_or_else(|| broken("it has no size".to_owned()))?;
    resvg::render(
        &tree,
        Transform::from_scale(SCALE, SCALE),
        &mut pixels.as_mut(),
    );
    pixels
        .encode_png()
        .map_err(|error| broken(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dark_pixels(svg: &str) -> usize {
        let image = Pixmap::decode_png(&png(svg.as_bytes()).unwrap()).unwrap();
        assert_eq!((image.width(), image.height()), (200, 80));
        image
            .pixels()
            .iter()
            .filter(|pixel| pixel.red() < 128)
            .count()
    }

    #[test]
    fn texts_are_drawn_with_the_font_that_is_carried() {
        let with = |text: &str| {
            format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100\" height=\"40\">\
                 <rect width=\"100\" height=\"40\" fill=\"#FFFFFF\"/>\
                 <text x=\"5\" y=\"25\" font-family=\"sans-serif\" font-size=\"16\">{text}</text></svg>"
            )
        };
        assert_eq!(dark_pixels(&with("")), 0);
        assert!(dark_pixels(&with("Éé")) > 100);
        assert!(dark_pixels(&with("درس")) > 100);
    }

    #[test]
    fn what_is_no_picture_is_an_error() {
        assert!(png(b"<html>").is_err());
        assert!(
            png(b"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"90000\" height=\"9\"/>")
                .is_err()
        );
    }
}
