//! The figures as SVG: a panel for each series.

use std::fmt::Write;

use super::{CURVES, Curves, Point};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 312.0;
/// From one panel's left edge to the next one's.
const PANEL: f64 = WIDTH / 3.0;
/// Of the area with the curves, from a panel's left edge and the top of the picture.
const LEFT: f64 = 52.0;
const RIGHT: f64 = PANEL - 22.0;
const TOP: f64 = 84.0;
const BOTTOM: f64 = HEIGHT - 54.0;
/// At most so many steps on an axis.
const STEPS: f64 = 5.0;

/// Readers choose light or dark; curves differ in marks, too.
const STYLE: &str = "\
svg { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; }
.paper { fill: #ffffff; } text { fill: #24292f; } .faint { fill: #57606a; }
.grid { stroke: #d0d7de; } .axis { stroke: #57606a; }
.title { font-size: 13px; font-weight: 600; }
.curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
.c0 { stroke: #6e7781; } .m0 { fill: #6e7781; }
.c1 { stroke: #0969da; } .m1 { fill: #0969da; }
.c2 { stroke: #bc4c00; } .m2 { fill: #bc4c00; }
@media (prefers-color-scheme: dark) {
.paper { fill: #0d1117; } text { fill: #e6edf3; } .faint { fill: #9198a1; }
.grid { stroke: #2b313a; } .axis { stroke: #9198a1; }
.c0 { stroke: #9198a1; } .m0 { fill: #9198a1; }
.c1 { stroke: #58a6ff; } .m1 { fill: #58a6ff; }
.c2 { stroke: #f0883e; } .m2 { fill: #f0883e; }
}";

/// The whole picture.
pub(super) fn svg(all: &[Curves]) -> String {
    let mut svg = String::new();
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
         viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">\n\
         <title>CPU time of {}</title>\n<style>\n{STYLE}\n</style>\n\
         <rect class=\"paper\" width=\"{WIDTH}\" height=\"{HEIGHT}\"/>",
        CURVES.join(", ")
    );
    legend(&mut svg);
    for (number, curves) in all.iter().enumerate() {
        let _ = writeln!(
            svg,
            "<g transform=\"translate({:.0} 0)\">",
            number as f64 * PANEL
        );
        Panel::new(curves).draw(&mut svg);
        svg.push_str("</g>\n");
    }
    svg.push_str("</svg>\n");
    svg
}

fn legend(svg: &mut String) {
    let _ = writeln!(
        svg,
        "<text class=\"title\" x=\"{LEFT}\" y=\"26\">CPU, % of a core</text>"
    );
    for (curve, name) in CURVES.iter().enumerate() {
        let x = 190.0 + curve as f64 * 120.0;
        let _ = writeln!(
            svg,
            "<path class=\"curve c{curve}\" d=\"M{x} 22h24\"/>{}<text x=\"{}\" y=\"26\">{name}</text>",
            mark(curve, x + 12.0, 22.0),
            x + 31.0
        );
    }
}

/// One series, with its scales.
struct Panel<'a> {
    curves: &'a Curves,
    /// The largest value on each axis.
    most: (f64, f64),
    /// Between lines of the grid.
    step: (f64, f64),
}

impl Panel<'_> {
    fn new(curves: &Curves) -> Panel<'_> {
        let values = curves.points.iter().map(|point| f64::from(point.value));
        let costs = curves.points.iter().flat_map(|point| &point.costs);
        let x = values.fold(1.0, f64::max);
        let y = costs
            .map(|cost| cost.core_share * 100.0)
            .fold(0.1, f64::max);
        let step = (step_for(x), step_for(y));
        Panel {
            curves,
            most: (x, (y / step.1).ceil() * step.1),
            step,
        }
    }

    fn draw(&self, svg: &mut String) {
        let series = self.curves.series;
        let middle = f64::midpoint(LEFT, RIGHT);
        let _ = writeln!(
            svg,
            "<text class=\"title\" x=\"{LEFT}\" y=\"{}\">{}</text>\n\
             <text class=\"faint\" x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            TOP - 18.0,
            series.title,
            BOTTOM + 38.0,
            series.axis
        );
        self.draw_axes(svg);
        for curve in 0..CURVES.len() {
            self.draw_curve(svg, curve);
        }
    }

    fn draw_axes(&self, svg: &mut String) {
        for percent in ticks(self.step.1, self.most.1) {
            let y = self.y(percent);
            let _ = writeln!(
                svg,
                "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{RIGHT:.1}\"/>\
                 <text class=\"faint\" x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 8.0,
                y + 4.0,
                number(percent)
            );
        }
        let _ = writeln!(
            svg,
            "<path class=\"axis\" d=\"M{LEFT} {BOTTOM}H{RIGHT:.1}\"/>"
        );
        let marked: Vec<(f64, f64)> = if self.curves.series.is_geometric {
            let points = self.curves.points.iter().enumerate();
            points
                .map(|(index, point)| (self.x(index, point), f64::from(point.value)))
                .collect()
        } else {
            ticks(self.step.0, self.most.0)
                .map(|value| (self.linear_x(value), value))
                .collect()
        };
        for (x, value) in marked {
            let _ = writeln!(
                svg,
                "<path class=\"axis\" d=\"M{x:.1} {BOTTOM}v4\"/>\
                 <text class=\"faint\" x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                BOTTOM + 18.0,
                number(value)
            );
        }
    }

    fn draw_curve(&self, svg: &mut String, curve: usize) {
        let mut path = String::new();
        let mut marks = String::new();
        for (index, point) in self.curves.points.iter().enumerate() {
            let x = self.x(index, point);
            let y = self.y(point.costs[curve].core_share * 100.0);
            let _ = write!(path, "{}{x:.1} {y:.1}", if index == 0 { 'M' } else { 'L' });
            marks.push_str(&mark(curve, x, y));
        }
        let _ = writeln!(svg, "<path class=\"curve c{curve}\" d=\"{path}\"/>{marks}");
    }

    fn x(&self, index: usize, point: &Point) -> f64 {
        if self.curves.series.is_geometric {
            let steps = (self.curves.points.len() - 1).max(1);
            LEFT + (RIGHT - LEFT) * index as f64 / steps as f64
        } else {
            self.linear_x(point.value.into())
        }
    }

    fn linear_x(&self, value: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * value / self.most.0
    }

    fn y(&self, percent: f64) -> f64 {
        BOTTOM - (BOTTOM - TOP) * percent / self.most.1
    }
}

/// A circle, a square, a diamond.
fn mark(curve: usize, x: f64, y: f64) -> String {
    match curve {
        0 => format!("<circle class=\"m0\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"/>"),
        1 => format!(
            "<rect class=\"m1\" x=\"{:.1}\" y=\"{:.1}\" width=\"6.4\" height=\"6.4\"/>",
            x - 3.2,
            y - 3.2
        ),
        _ => format!(
            "<path class=\"m{curve}\" d=\"M{x:.1} {:.1}l4.6 4.6l-4.6 4.6l-4.6-4.6z\"/>",
            y - 4.6
        ),
    }
}

/// 1, 2 or 5 times a power of ten, so that at most [`STEPS`] of them make up `most`.
fn step_for(most: f64) -> f64 {
    let power = 10_f64.powf((most / STEPS).log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| most / step <= STEPS)
        .unwrap_or(most)
}

fn ticks(step: f64, most: f64) -> impl Iterator<Item = f64> {
    (0..)
        .map(move |number| f64::from(number) * step)
        .take_while(move |value| *value <= most * 1.001)
}

/// Without digits that say nothing.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::Cost;
    use crate::sweep::series::SERIES;

    #[test]
    fn steps_are_round() {
        assert_eq!(step_for(500.0), 100.0);
        assert_eq!(step_for(12.0), 5.0);
        assert_eq!(step_for(50.0), 10.0);
        assert_eq!(step_for(0.7), 0.2);
        assert_eq!(ticks(5.0, 15.0).collect::<Vec<_>>(), [0.0, 5.0, 10.0, 15.0]);
        assert_eq!(
            [number(0.0), number(0.5), number(100.0)],
            ["0", "0.5", "100"]
        );
    }

    #[test]
    fn the_largest_values_are_at_the_edges() {
        let cost = Cost {
            per_gigabyte: 1.0,
            core_share: 0.15,
        };
        let point = |value| Point {
            value,
            costs: [cost; 3],
        };
        let curves = Curves {
            series: &SERIES[0],
            points: vec![point(1), point(500)],
        };
        let panel = Panel::new(&curves);
        assert_eq!(panel.x(1, &curves.points[1]), RIGHT);
        assert_eq!((panel.y(0.0), panel.y(15.0)), (BOTTOM, TOP));
    }
}
