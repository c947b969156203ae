package report

import (
	"bytes"
	_ "embed" // the parts of a page
	"encoding/json"
	"fmt"
	"html/template"
	"io"
)

// A page is a self-contained HTML file: it loads nothing, and all but zooming works without scripts.
type page struct {
	Title    string
	Lead     string
	Verdicts []string
	Notes    []string
	Sections []section
	Command  string // that repeats what the page is about; "" if it is not known
	Source   *Source
	Facts    []fact
	Tables   []pageTable // of facts
	Runs     []pageTable // with their diagnoses
	Version  string      // of the program that wrote the page
}

// A section is a problem, a task or a kind of profile.
type section struct {
	Title  string
	Blocks []block
	Figure *figure
}

// A block is a table with what there is to say about it.
type block struct {
	Caption  string
	Table    pageTable
	Verdicts []string
}

// A figure is a drawing, and a chart that takes its place where scripts run.
type figure struct {
	Title   string
	Drawn   string // caption of the drawing
	Caption string // of the chart
	chart   chart
	drawing Lines
}

// A fact is a name with what it stands for.
type fact struct {
	Name   string
	Values []string
}

// A pageTable is a grid with a title. Columns named in words are flush left.
type pageTable struct {
	Title string
	grid
}

// A Source is the file that a study was read from.
type Source struct{ Name, Text string }

//go:embed page/page.html
var pageHTML string

//go:embed page/page.css
var pageCSS string

//go:embed page/page.js
var pageJS string

// uPlot draws the charts: https://github.com/leeoniya/uPlot, version 1.6.32, under the MIT licence.
//
//go:embed page/uplot.js
var uplotJS string

//go:embed page/uplot.css
var uplotCSS string

//go:embed page/uplot.LICENSE
var uplotLicence string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"words": func(column string) bool { return wordColumns[column] },
}).Parse(pageHTML))

// wordColumns are the columns that are no numbers.
var wordColumns = map[string]bool{
	"method": true, "tuned": true, "options": true, "data": true, "SHA-256": true, "version": true, "machine": true, "status": true, "problem": true,
	"diagnosis": true, "reached": true, "run": true, "command": true,
}

// Header returns the columns.
func (t pageTable) Header() []string { return t.header }

// Rows returns the rows.
func (t pageTable) Rows() [][]string { return t.rows }

// SVG returns the drawing as an element of a page.
func (f figure) SVG() (template.HTML, error) {
	var b bytes.Buffer
	if err := f.drawing.Encode(&b, "svg"); err != nil {
		return "", err
	}
	at := bytes.Index(b.Bytes(), []byte("<svg"))
	if at < 0 {
		return "", fmt.Errorf("figure %s: no SVG", f.Title)
	}
	return template.HTML(b.Bytes()[at:]), nil // the encoder escapes text
}

// charts are the data of all figures, in order, as JSON without a character that could end a script.
func (p *page) charts() (template.JS, error) {
	all := []chart{}
	for _, s := range p.Sections {
		if s.Figure != nil {
			all = append(all, s.Figure.chart)
		}
	}
	b, err := json.Marshal(all) // <, > and & as \u003c, \u003e and \u0026
	return template.JS(b), err
}

// write writes the page.
func (p *page) write(w io.Writer) error {
	charts, err := p.charts()
	if err != nil {
		return err
	}
	return pageTemplate.Execute(w, struct {
		*page
		CSS    template.CSS
		Charts template.JS
		UPlot  template.JS
		Script template.JS
	}{p, template.CSS(uplotCSS + "\n" + pageCSS), charts, template.JS("/* uPlot 1.6.32\n\n" + uplotLicence + "*/\n" + uplotJS), template.JS(pageJS)})
}

// fallbackPoints is how many points lines of drawings in a page have: they stand in where charts do not work.
const fallbackPoints = 60

// small returns the figure with few points to a line, and without bands if there are many lines.
func (l Lines) small(lines int) Lines {
	out := l
	out.Lines = nil
	for _, line := range l.Lines {
		few := Line{Name: line.Name}
		for _, i := range thin(len(line.X), fallbackPoints, line.Y) {
			few.X, few.Y = append(few.X, line.X[i]), append(few.Y, line.Y[i])
			if line.Low != nil && lines <= mostBands {
				few.Low, few.High = append(few.Low, line.Low[i]), append(few.High, line.High[i])
			}
		}
		out.Lines = append(out.Lines, few)
	}
	return out
}

// mostBands is for how many lines on a page drawings have bands.
const mostBands = 24
