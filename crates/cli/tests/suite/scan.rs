//! A phone's part: reads the QR code in an SVG image, by a decoder that shares no code with the encoder.

/// The text of the one code in an image of black rectangles on white.
pub(crate) fn scan(svg: &str) -> String {
    let side: usize = after(svg, " width=\"").parse().unwrap();
    let mut dark = vec![false; side * side];
    for rectangle in svg.split_once(" d=\"M").unwrap().1.split('"').next().unwrap().split('M') {
        // 16 20h4v4H16V20
        let numbers: Vec<usize> =
            rectangle.split([' ', 'h', 'v', 'H', 'V']).map(|number| number.parse().unwrap()).collect();
        let [left, top, width, height, ..] = numbers[..] else { panic!("{rectangle}") };
        for y in top..top + height {
            dark[y * side + left..y * side + left + width].fill(true);
        }
    }
    let mut image =
        rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| if dark[y * side + x] { 0 } else { 255 });
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1);
    grids[0].decode().unwrap().1
}

fn after<'a>(text: &'a str, start: &str) -> &'a str {
    text.split_once(start).unwrap().1.split('"').next().unwrap()
}
