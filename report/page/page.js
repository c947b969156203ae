// Turns the figures of the page into charts that zoom. Without it the drawings stay.
(() => {
	"use strict";

	const charts = JSON.parse(document.getElementById("charts").textContent);
	document.querySelectorAll("figure.chart").forEach((figure, i) => {
		if (charts[i].curves.length) show(figure, charts[i]);
	});
	addEventListener("beforeprint", () => document.querySelectorAll("details").forEach(d => { d.open = true; }));

	function element(name, attributes, ...children) {
		const e = document.createElement(name);
		for (const key in attributes) e.setAttribute(key, attributes[key]);
		e.append(...children);
		return e;
	}

	// number prints v with few digits.
	function number(v) {
		if (v === 0) return "0";
		const a = Math.abs(v);
		if (a < 1e-3 || a >= 1e6) return v.toExponential(3).replace(/\.?0+e/, "e").replace("e+", "e");
		return String(Number(v.toPrecision(5)));
	}

	// linear returns ticks at multiples of 1, 2 or 5 times a power of ten.
	function linear(min, max) {
		let step = 10 ** Math.floor(Math.log10((max - min) / 5));
		for (const m of [2, 2.5, 2]) if ((max - min) / step > 7) step *= m;
		const ticks = [], first = Math.ceil(min / step);
		for (let k = 0; k < 10; k++) { // first + k may be first, where the axis is as short as the last bits
			const v = (first + k) * step;
			if (!(v <= max) || v === ticks[k - 1]) break;
			ticks.push(v);
		}
		return ticks;
	}

	// logarithmic returns ticks at powers of ten, at 2 and 5 times them too if there are few.
	function logarithmic(min, max) {
		const from = Math.floor(Math.log10(min)), to = Math.ceil(Math.log10(max));
		if (max / min < 10) return linear(min, max);
		const every = Math.ceil((to - from) / 9), ticks = [];
		for (let e = from; e <= to; e++) {
			if (e % every) continue;
			for (const m of to - from > 4 ? [1] : [1, 2, 5]) ticks.push(Number(m + "e" + e));
		}
		return ticks.filter(v => v >= min && v <= max);
	}

	// table brings curves to common places x: null where a curve has no point of its own. Of points of a curve at
	// one x it has the first and the last. With best, heights are the least so far.
	function table(curves, x, y, best) {
		const fits = (v, axis) => v !== null && v !== undefined && Math.abs(v) <= 1e300 && (!axis.log || v >= 1e-300); // as drawings have it
		const points = curves.map(c => {
			const xs = c.data[x.key] || [], ys = c.data[y.key] || [], out = new Map();
			let least = Infinity;
			xs.forEach((v, i) => {
				if (!fits(v, x) || !fits(ys[i], y)) return;
				least = Math.min(least, ys[i]);
				const height = best ? least : ys[i];
				out.set(v, out.has(v) ? [out.get(v)[0], height] : [height]);
			});
			return out;
		});
		const most = new Map(); // points of a curve at x
		points.forEach(p => p.forEach((ys, v) => most.set(v, Math.max(most.get(v) || 1, ys.length))));
		const places = [...most.keys()].sort((a, b) => a - b).flatMap(v => most.get(v) > 1 ? [[v, 0], [v, 1]] : [[v, 0]]);
		const at = (p, [v, k]) => p.has(v) && k < p.get(v).length ? p.get(v)[k] : null;
		return [places.map(q => q[0]), ...points.map(p => places.map(q => at(p, q)))];
	}

	// aims reports whether an axis can show a target.
	function aims(a) {
		return a.target !== undefined && (!a.log || a.target > 0);
	}

	// range is a little more than from low to high, and what an axis wants to show.
	function range(a, low, high, room) {
		if (a.range) return a.range;
		if (low === null || high === null) return a.log ? [1, 10] : [0, 1];
		if (aims(a)) [low, high] = [Math.min(low, a.target), Math.max(high, a.target)];
		if (a.log) {
			const part = Math.max(10 ** (room * (Math.log10(high) - Math.log10(low))), low === high ? 2 : 1);
			return [low / part, high * part];
		}
		const part = (high - low) * room || Math.abs(low) / 2 || 1;
		return [low - part, high + part];
	}

	// select is a list of axes.
	function select(text, axes, changed) {
		const s = element("select", {}, ...axes.map((a, i) => element("option", { value: i }, a.label)));
		s.addEventListener("change", () => changed(axes[s.value]));
		return element("label", {}, text, s);
	}

	function button(text, title, clicked) {
		const b = element("button", { type: "button", title, "aria-label": title }, text);
		b.addEventListener("click", clicked);
		return b;
	}

	function check(text, on, changed) {
		const c = element("input", { type: "checkbox" });
		c.checked = on;
		c.addEventListener("change", () => changed(c.checked));
		return element("label", {}, c, text);
	}

	// swatch is a piece of a curve's line.
	function swatch(curve) {
		const span = element("span");
		const dash = (curve.dash || []).join(" ");
		span.innerHTML = `<svg width="26" height="8" aria-hidden="true"><line x1="0" y1="4" x2="26" y2="4" stroke-width="2.5"/></svg>`;
		const line = span.querySelector("line");
		line.setAttribute("stroke", curve.color);
		if (dash) line.setAttribute("stroke-dasharray", dash);
		return span.firstChild;
	}

	function show(figure, chart) {
		const curves = chart.curves, hidden = new Set();
		let x = { ...chart.x[0] }, y = { ...chart.y[0] }, best = Boolean(chart.best), plot = null;
		const holder = element("div", { class: "plot", tabindex: "0", role: "application", "aria-label": figure.getAttribute("aria-label") + ": chart; plus and minus zoom, arrows move, 0 shows all" });
		const readout = element("div", { class: "readout" });

		const size = () => ({ width: Math.max(280, holder.clientWidth), height: Math.min(440, Math.max(300, holder.clientWidth * 0.45)) });

		// nearest returns the last place up to i at which curve s has a point.
		function nearest(u, s, i) {
			while (i > 0 && u.data[s][i] === null) i--;
			return i;
		}

		function read(u) {
			const { left, idx } = u.cursor;
			if (left < 0 || idx === null || idx === undefined) {
				readout.textContent = "Drag to zoom, double-click to show all.";
				return;
			}
			let near = 0, distance = 40;
			curves.forEach((c, k) => {
				const v = u.data[k + 1][nearest(u, k + 1, idx)];
				if (hidden.has(c.group) || v === null) return;
				const d = Math.abs(u.valToPos(v, "y") - u.cursor.top);
				if (d < distance) [near, distance] = [k + 1, d];
			});
			let text = x.label + " " + number(u.posToVal(left, "x"));
			if (near) {
				const c = curves[near - 1];
				text += " · " + c.group + (c.name ? ", " + c.name : "") + ": " + number(u.data[near][nearest(u, near, idx)]);
			}
			readout.textContent = text;
		}

		function target(u) {
			if (!aims(y)) return;
			const at = Math.round(u.valToPos(y.target, "y", true)), { left, top, width, height } = u.bbox;
			if (!(at >= top && at <= top + height)) return;
			const c = u.ctx;
			c.save();
			c.strokeStyle = c.fillStyle = "#8a3d00";
			c.setLineDash([6, 4].map(v => v * devicePixelRatio));
			c.beginPath();
			c.moveTo(left, at);
			c.lineTo(left + width, at);
			c.stroke();
			c.font = 12 * devicePixelRatio + "px system-ui, sans-serif";
			c.textAlign = "left";
			c.fillText("target " + number(y.target), left + 6 * devicePixelRatio, at - 5 * devicePixelRatio);
			c.restore();
		}

		function axis(a, room) {
			return {
				label: a.label, labelSize: 24, size: room, stroke: "#333", font: "12px system-ui, sans-serif", labelFont: "13px system-ui, sans-serif", grid: { stroke: "#e4e4e8", width: 1 }, ticks: { stroke: "#999" },
				splits: (u, _, min, max) => a.log ? logarithmic(min, max) : linear(min, max), values: (u, splits) => splits.map(number), filter: (u, splits) => splits,
			};
		}

		function draw() {
			const data = table(curves, x, y, best), stepped = uPlot.paths.stepped({ align: 1 });
			if (plot) plot.destroy();
			plot = null;
			if (data[0].length === 0) {
				readout.textContent = "Nothing to show on these axes.";
				return;
			}
			plot = new uPlot({
				...size(),
				scales: {
					x: { time: false, distr: x.log ? 3 : 1, range: (u, low, high) => range(x, low, high, 0.015) },
					y: { distr: y.log ? 3 : 1, range: (u, low, high) => range(y, low, high, 0.04) },
				},
				axes: [axis(x, 36), axis(y, 64)],
				series: [{}, ...curves.map(c => ({
					label: c.group, stroke: c.color, width: 1.6, dash: c.dash, paths: stepped, spanGaps: true, points: { show: false }, show: !hidden.has(c.group),
				}))],
				legend: { show: false },
				cursor: { drag: { x: true, y: true, uni: 24 }, dataIdx: nearest, points: { show: false } },
				hooks: { setCursor: [read], draw: [target] },
			}, data, holder);
			read(plot);
		}

		// move zooms by a factor about the middle and shifts by parts of the range.
		function move(factor, right, up) {
			if (!plot) return;
			plot.batch(() => [["x", x, right], ["y", y, up]].forEach(([key, a, shift]) => {
				const to = a.log ? Math.log10 : v => v, from = a.log ? v => 10 ** v : v => v;
				const low = to(plot.scales[key].min), high = to(plot.scales[key].max);
				const middle = (low + high) / 2 + shift * (high - low), half = (high - low) / 2 * factor;
				const min = from(middle - half), max = from(middle + half);
				if (min < max && Math.abs(max) < Infinity && Math.abs(min) < Infinity && !(a.log && min === 0)) plot.setScale(key, { min, max });
			}));
		}

		function all() {
			if (plot) plot.setData(plot.data);
		}

		const keys = {
			"+": () => move(0.5, 0, 0), "=": () => move(0.5, 0, 0), "-": () => move(2, 0, 0), "0": all,
			ArrowLeft: () => move(1, -0.2, 0), ArrowRight: () => move(1, 0.2, 0), ArrowUp: () => move(1, 0, 0.2), ArrowDown: () => move(1, 0, -0.2),
		};
		holder.addEventListener("keydown", e => {
			if (!keys[e.key] || e.ctrlKey || e.metaKey || e.altKey) return;
			e.preventDefault();
			keys[e.key]();
		});

		const controls = element("div", { class: "controls" });
		const logs = () => [
			check("log x", x.log, on => { x.log = on; draw(); }),
			check("log y", y.log, on => { y.log = on; draw(); }),
		].slice(0, chart.y[0].range ? 1 : 2);
		if (chart.y.length > 1) controls.append(select("show", chart.y, a => { y = { ...a, log: y.log }; draw(); }));
		if (chart.x.length > 1) controls.append(select("against", chart.x, a => { x = { ...a, log: x.log }; draw(); }));
		controls.append(...logs());
		if (chart.y.length > 1) controls.append(check("best so far", best, on => { best = on; draw(); }));
		controls.append(button("+", "zoom in", keys["+"]), button("−", "zoom out", keys["-"]), button("all", "show all", all));

		const legend = element("div", { class: "legend", role: "group", "aria-label": "curves" });
		for (const group of new Set(curves.map(c => c.group))) {
			const b = element("button", { type: "button", "aria-pressed": "true", title: "show or hide" }, swatch(curves.find(c => c.group === group)), group);
			b.addEventListener("click", () => {
				if (!hidden.delete(group)) hidden.add(group);
				b.setAttribute("aria-pressed", String(!hidden.has(group)));
				if (plot) plot.batch(() => curves.forEach((c, k) => { if (c.group === group) plot.setSeries(k + 1, { show: !hidden.has(group) }); }));
			});
			legend.append(b);
		}

		figure.classList.add("live");
		figure.prepend(controls, legend, holder, readout);
		draw();
		new ResizeObserver(() => { if (plot && holder.clientWidth) plot.setSize(size()); }).observe(holder);
	}
})();
