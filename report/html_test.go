package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/godescent/descent"
	"github.com/godescent/descent/report"
	"github.com/godescent/descent/study"
)

// A pageChart is a chart in the data of a page.
type pageChart struct {
	X, Y []struct {
		Key, Label string
		Target     *float64
	}
	Curves []struct {
		Group, Name, Color string
		Data               map[string][]*float64
	}
}

// chartsOf reads the data of a page.
func chartsOf(t *testing.T, page string) []pageChart {
	t.Helper()
	_, rest, ok := strings.Cut(page, `<script type="application/json" id="charts">`)
	text, _, closed := strings.Cut(rest, "</script>")
	if !ok || !closed {
		t.Fatal("no data in the page")
	}
	var charts []pageChart
	if err := json.Unmarshal([]byte(text), &charts); err != nil {
		t.Fatal(err)
	}
	return charts
}

func pageOf(t *testing.T, c report.Comparison, o report.Origin) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.WriteHTML(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestHTMLFacts(t *testing.T) {
	c := compared(t)
	o := report.Origin{Command: "descent compare 'a b' --html x.html", Source: &report.Source{Name: "own.toml", Text: "seeds = 3 # <few>"}, Version: "v9"}
	o.Gates = []study.GateResult{{Gate: "fista > 2", Problem: "p", Tripped: true, Detail: "it is 3"}}
	page := pageOf(t, c, o)
	for _, want := range []string{
		"<title>Small</title>", "3 methods on 2 problems with 3 seeds: work to a relative duality gap of 0.01.", "descent compare &#39;a b&#39; --html x.html", "seeds = 3 # &lt;few&gt;",
		"<dd>1, 2, 3</dd>", "<dd>iterations 100000, tolerance 0.01</dd>", "<dd>" + study.Version() + "</dd>", "dc7bf9437329d580ee6533f703140a720112e18b5dda697cdb35b3f78e6d09f0",
		"cannot run", "gate FAILED: fista &gt; 2, on p: it is 3", "Performance profile</h2>", "Data profile</h2>", "step=0.1 (2 runs)", "<summary>9 runs on logistic l2=0.1 scale=std on breast-cancer</summary>", "Descent</a> v9.",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in the page", want)
		}
	}
	for _, s := range c.Summary.Overall {
		if !strings.Contains(page, "<li>"+s.Verdict+"</li>") {
			t.Errorf("no verdict %q", s.Verdict)
		}
	}
	for _, cell := range c.Results.Cells() {
		for _, d := range cell.Record.Diagnosis {
			if !strings.Contains(page, strings.ReplaceAll(d, "'", "&#39;")) {
				t.Errorf("no diagnosis %q", d)
			}
		}
	}
	if again := pageOf(t, c, o); again != page {
		t.Error("not the same twice")
	}
}

// A page loads nothing: it has no address but those of links and names of XML.
func TestHTMLSelfContained(t *testing.T) {
	page := pageOf(t, compared(t), report.Origin{})
	for _, bad := range []string{" src=", "@import", "url(", "<link", "<iframe", "fetch(", "XMLHttpRequest", "import("} {
		if strings.Contains(page, bad) {
			t.Errorf("%q in the page", bad)
		}
	}
	if n := strings.Count(page, "</script>"); n != 3 {
		t.Errorf("%d scripts end: want 3", n)
	}
}

func TestHTMLCharts(t *testing.T) {
	c := compared(t)
	charts := chartsOf(t, pageOf(t, c, report.Origin{}))
	if len(charts) != 4 { // two problems and two profiles
		t.Fatalf("%d charts", len(charts))
	}
	first := charts[0]
	var keys []string
	for _, x := range first.X {
		keys = append(keys, x.Key)
	}
	if fmt.Sprint(keys) != "[work evaluations iterations seconds]" || first.Y[0].Key != "certificate" || first.Y[0].Target == nil || *first.Y[0].Target != 1e-2 || first.Y[1].Key != "gap" {
		t.Errorf("axes %v %v", first.X, first.Y)
	}
	if len(first.Curves) != 2 { // lbfgs cannot run; with every seed the others do the same
		t.Fatalf("%d curves", len(first.Curves))
	}
	curve := first.Curves[0]
	trace := c.Results.Records[0][0][0].Trace
	if curve.Group != "fista" || curve.Name != "the same with every seed" || len(curve.Data["certificate"]) != len(trace) {
		t.Fatalf("%+v has %d points, its trace %d", curve.Group, len(curve.Data["certificate"]), len(trace))
	}
	for i, p := range trace {
		if got := *curve.Data["certificate"][i]; math.Abs(got-p.Certificate) > 1e-4*p.Certificate {
			t.Errorf("certificate %v, want %v", got, p.Certificate)
		}
		if got := *curve.Data["iterations"][i]; got != float64(p.Iteration) {
			t.Errorf("iteration %v, want %v", got, p.Iteration)
		}
		if got, want := *curve.Data["gap"][i], p.Value-c.Results.Least(0, 0); math.Abs(got-want) > 1e-4*want {
			t.Errorf("gap %v, want %v", got, want)
		}
	}
}

// A target of 0 is one.
func TestHTMLTargetZero(t *testing.T) {
	c := compared(t)
	c.Summary.Study.Target = study.Target{Kind: study.ValueTarget, Bound: 0}
	y := chartsOf(t, pageOf(t, c, report.Origin{}))[0].Y
	if y[0].Key != "value" || y[0].Target == nil || *y[0].Target != 0 || y[1].Target != nil {
		t.Errorf("axes %+v", y)
	}
}

// made is a comparison of arms on problems with made-up traces of some points each.
func made(problems, arms, seeds, points int, name func(kind string, k int) string) report.Comparison {
	st := &study.Study{Name: name("study", 0), Target: study.Target{Kind: study.CertificateTarget, Bound: 1e-6}, Measure: study.Work, Level: 0.95}
	for s := range seeds {
		st.Seeds = append(st.Seeds, uint64(s+1))
	}
	for a := range arms {
		st.Arms = append(st.Arms, study.Arm{Name: name("arm", a), Method: "sgd"})
	}
	res := &study.Results{Study: st}
	traces := make([][]descent.TracePoint, arms*seeds) // those of all problems
	for k := range traces {
		traces[k] = madeTrace(k, points)
	}
	for p := range problems {
		st.Problems = append(st.Problems, study.Problem{Name: name("problem", p), Data: name("data", p), SHA256: strings.Repeat("ab", 32), Varies: true})
		res.Tuned = append(res.Tuned, make([]*study.Tuned, arms))
		res.Records = append(res.Records, make([][]*study.Record, arms))
		for a := range arms {
			for s := range seeds {
				res.Records[p][a] = append(res.Records[p][a], madeRecord(st, p, s, traces[a*seeds+s]))
			}
		}
	}
	return report.Comparison{Results: res, Summary: res.Summarize()}
}

func madeRecord(st *study.Study, p, s int, trace []descent.TracePoint) *study.Record {
	q, last := st.Problems[p], trace[len(trace)-1]
	return &study.Record{
		Cell:    study.Cell{Problem: q.Name, Data: q.Data, SHA256: q.SHA256, Method: "sgd", Seed: st.Seeds[s], Version: "v1"},
		Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Machine: "a machine", Status: descent.Converged, Value: last.Value, Iterations: last.Iteration, Counts: last.Counts, Seconds: last.Seconds,
		Certificate: descent.Certificate{Kind: "gradient norm", Value: 1e-7, Tolerance: 1e-6}, Diagnosis: []string{st.Name}, Trace: slices.Clone(trace),
	}
}

// madeTrace is the k-th of traces whose heights go up and down.
func madeTrace(k, points int) []descent.TracePoint {
	var trace []descent.TracePoint
	for i := range points {
		wave := math.Sin(float64(i*(3+k))) + math.Cos(1.7*float64(i*i%1009))
		v := math.Pow(float64(i+1), -1.3) * math.Exp(2*wave)
		trace = append(trace, descent.TracePoint{Iteration: 3 * i, Seconds: 1.2345678e-5 * float64(i+k+1), Value: 17.3 + v, Certificate: v * 0.7654321, Counts: descent.Counts{Value: i + 1, Gradient: 7*i + k}})
	}
	return trace
}

// 50 curves of 10^5 points are a page of 1.5 MB at most, and curves keep their extremes.
func TestHTMLSize(t *testing.T) {
	c := made(5, 5, 2, 100_000, func(kind string, k int) string { return fmt.Sprintf("%s-%d", kind, k) })
	page := pageOf(t, c, report.Origin{Command: "descent compare"})
	t.Logf("%d bytes", len(page))
	if len(page) > 1_500_000 {
		t.Errorf("%d bytes", len(page))
	}
	curves := 0
	for _, chart := range chartsOf(t, page)[:5] {
		for k, curve := range chart.Curves {
			curves++
			all := curve.Data["certificate"]
			if len(all) < 200 || len(all) > 1000 {
				t.Fatalf("%d points", len(all))
			}
			least := math.Inf(1)
			for _, v := range all {
				least = min(least, *v)
			}
			want := math.Inf(1)
			for _, p := range c.Results.Records[0][k/2][k%2].Trace {
				want = min(want, p.Certificate)
			}
			if math.Abs(least-want) > 1e-4*want {
				t.Errorf("least certificate %v, want %v", least, want)
			}
		}
	}
	if curves != 50 {
		t.Errorf("%d curves", curves)
	}
}

// Names cannot break out of where they stand, nor numbers that are not finite.
func TestHTMLEscapes(t *testing.T) {
	evil := `</script></style><script>alert("1")</script><img src=x onerror='alert(2)'><!-- ]]> &amp;` + "\u2028\x00"
	c := made(2, 2, 2, 5, func(kind string, k int) string { return fmt.Sprint(kind, k, evil) })
	for _, r := range c.Results.Records[0][0] {
		r.Trace[2].Certificate, r.Trace[3].Certificate, r.Trace[4].Value = math.NaN(), math.Inf(1), math.Inf(1)
	}
	c.Results.Records[1][0][0].Error = evil
	page := pageOf(t, c, report.Origin{Command: evil, Source: &report.Source{Name: evil, Text: evil}, Version: evil})
	for _, bad := range []string{"<script>alert", "<img", "<!--"} {
		if strings.Contains(strings.ToLower(page), bad) {
			t.Errorf("%q in the page", bad)
		}
	}
	if n, m := strings.Count(page, "<script"), strings.Count(page, "</script"); n != 3 || m != 3 {
		t.Errorf("%d scripts, %d ends: want 3", n, m)
	}
	if n := strings.Count(page, "</style"); n != 1 {
		t.Errorf("%d ends of style", n)
	}
	chart := chartsOf(t, page)[0]
	if len(chart.Curves) == 0 || !strings.Contains(chart.Curves[0].Group, `<script>alert("1")`) {
		t.Fatal("the name of a curve was lost")
	}
	if d := chart.Curves[0].Data; d["certificate"][2] != nil || d["certificate"][3] != nil || d["gap"][4] != nil || d["gap"][2] == nil {
		t.Errorf("numbers that are not finite: %v", d)
	}
}

// Of many seeds a page has the first, so that there are about 300 curves.
func TestHTMLManySeeds(t *testing.T) {
	c := made(4, 5, 40, 3, func(kind string, k int) string { return fmt.Sprint(kind, k) })
	charts := chartsOf(t, pageOf(t, c, report.Origin{}))
	if n := len(charts[0].Curves); n != 5*15 {
		t.Errorf("%d curves on a problem: want 75", n)
	}
	if last := charts[0].Curves[74]; last.Group != "arm4" || last.Name != "seed 15" || last.Color != "#e69f00" {
		t.Errorf("%v %v %v", last.Group, last.Name, last.Color)
	}
}

func TestParquet(t *testing.T) {
	c := compared(t)
	var b bytes.Buffer
	if err := c.WriteParquet(&b); err != nil {
		t.Fatal(err)
	}
	type point struct {
		Iteration int64   `parquet:"iteration"`
		Value     float64 `parquet:"value"`
	}
	type row struct {
		Method  string            `parquet:"method"`
		Options map[string]string `parquet:"options"`
		Seed    uint64            `parquet:"seed"`
		SHA256  string            `parquet:"sha256"`
		Error   string            `parquet:"error"`
		Cost    float64           `parquet:"cost"`
		Reached bool              `parquet:"reached"`
		Key     string            `parquet:"key"`
		Trace   []point           `parquet:"trace,list"`
	}
	rows, err := parquet.Read[row](bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	cells := c.Results.Cells()
	if len(rows) != len(cells) || len(cells) != 18 {
		t.Fatalf("%d rows of %d cells", len(rows), len(cells))
	}
	for i, cell := range cells {
		got, want := rows[i], cell.Record
		if got.Method != cell.Arm || got.Seed != want.Seed || got.SHA256 != want.SHA256 || got.Error != want.Error || got.Cost != cell.Cost || got.Reached != cell.Reached || got.Key != want.Key() || len(got.Options) != len(want.Options) {
			t.Errorf("row %d: %+v", i, got)
		}
		if len(got.Trace) != len(want.Trace) {
			t.Fatalf("row %d: %d points, want %d", i, len(got.Trace), len(want.Trace))
		}
		for k, p := range want.Trace {
			if q := got.Trace[k]; q.Iteration != int64(p.Iteration) || q.Value != p.Value {
				t.Errorf("row %d, point %d: %+v", i, k, q)
			}
		}
	}
}
