package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// tensorboard writes an event file for each run: DIR/<experiment>/<method>-<ID>/events.out.tfevents.*
type tensorboard struct{ dir string }

// NewTensorBoard writes event files of TensorBoard below dir: value and certificate by iteration, series at
// times that are evenly spread, the metrics at the end, and a text of what was run. Numbers are rounded to single precision: the server
// of TensorBoard shows no others, though the format has them.
func NewTensorBoard(dir string) (Exporter, error) {
	return tensorboard{dir}, os.MkdirAll(dir, 0o755)
}

func (e tensorboard) Close() error { return nil }

func (e tensorboard) Export(r *Run) error {
	dir := filepath.Join(e.dir, fileName(experiment(r)), fileName(runName(r)))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	name := fmt.Sprintf("events.out.tfevents.%010d.%s", max(0, nanoseconds(r.Started)/1e9), r.ID)
	return publish(filepath.Join(dir, name), eventFile(r))
}

// eventFile is a file of records, each an Event in the encoding of protocol buffers.
func eventFile(r *Run) []byte {
	start := float64(nanoseconds(r.Started)) / 1e9
	seconds := r.Seconds
	if seconds-seconds != 0 { // not known
		seconds = 0
	}
	end := start + seconds
	b := appendEvent(nil, start, 0, message{}.text(3, "brain.Event:2")) // file_version
	b = appendEvent(b, start, 0, summary(textValue("run", runText(r))))
	for _, p := range r.Trace {
		b = appendEvent(b, start+p.Seconds, p.Iteration, summary(scalar("value", p.Value), scalar("certificate", p.Certificate)))
	}
	for _, s := range r.Series {
		for k, v := range s.Values {
			b = appendEvent(b, start+seconds*float64(k+1)/float64(len(s.Values)), k+1, summary(scalar(s.Name, v)))
		}
	}
	var last []message
	if len(r.Trace) == 0 {
		last = append(last, scalar("value", r.Value), scalar("certificate", r.Certificate.Value))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Metrics)) {
		last = append(last, scalar("metrics/"+name, r.Metrics[name]))
	}
	if len(last) > 0 {
		b = appendEvent(b, end, r.Iterations, summary(last...))
	}
	return b
}

// runText is a table in Markdown of what was run and how it ended.
func runText(r *Run) string {
	var b strings.Builder
	b.WriteString("| | |\n|---|---|\n")
	for _, p := range append(mlflowParams(r), [2]string{"options", pairs(r.Options)}, [2]string{"limits", pairs(r.Limits)}, [2]string{"id", r.ID},
		[2]string{"tags", strings.Join(r.Tags, " ")}, [2]string{"error", r.Error}, [2]string{"diagnosis", strings.Join(r.Diagnosis, "; ")}) {
		if p[1] != "" {
			fmt.Fprintf(&b, "| %s | %s |\n", p[0], strings.ReplaceAll(oneLine(p[1]), "|", `\|`))
		}
	}
	return b.String()
}

// appendEvent appends a record: wall_time = 1, step = 2 and one field more.
func appendEvent(b []byte, seconds float64, step int, what message) []byte {
	return appendFrame(b, append(message{}.double(1, seconds).varint(2, uint64(step)), what...))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendFrame appends a record of the TFRecord format: the length, its checksum, the data, its checksum.
func appendFrame(b, data []byte) []byte {
	length := binary.LittleEndian.AppendUint64(nil, uint64(len(data)))
	b = binary.LittleEndian.AppendUint32(append(b, length...), masked(length))
	return binary.LittleEndian.AppendUint32(append(b, data...), masked(data))
}

// masked is the checksum of b, changed as the format says, so that a checksum of what holds checksums is sound.
func masked(b []byte) uint32 {
	c := crc32.Checksum(b, castagnoli)
	return (c>>15 | c<<17) + 0xa282ead8
}

// summary is the field of an Event that holds values.
func summary(values ...message) message {
	var s message
	for _, v := range values {
		s = s.bytes(1, v)
	}
	return message{}.bytes(5, s)
}

// scalar is a Value with simple_value, which all readers take for a scalar.
func scalar(tag string, v float64) message { return message{}.text(1, tag).float(2, v) }

// textValue is a Value with a text in Markdown: a tensor of rank 0 of the type string (7), with metadata
// that name the plugin and the class of the data, tensor (2).
func textValue(tag, text string) message {
	tensor := message{}.varint(1, 7).bytes(2, nil).text(8, text)
	metadata := message{}.bytes(1, message{}.text(1, "text")).varint(4, 2)
	return message{}.text(1, tag).bytes(8, tensor).bytes(9, metadata)
}

// A message is an encoded protocol buffer; its methods append fields.
type message []byte

func (m message) varint(field int, v uint64) message {
	return binary.AppendUvarint(binary.AppendUvarint(m, uint64(field)<<3), v)
}

func (m message) double(field int, v float64) message {
	return binary.LittleEndian.AppendUint64(binary.AppendUvarint(m, uint64(field)<<3|1), math.Float64bits(v))
}

func (m message) float(field int, v float64) message {
	return binary.LittleEndian.AppendUint32(binary.AppendUvarint(m, uint64(field)<<3|5), math.Float32bits(float32(v)))
}

func (m message) bytes(field int, b []byte) message {
	m = binary.AppendUvarint(m, uint64(field)<<3|2)
	return append(binary.AppendUvarint(m, uint64(len(b))), b...)
}

func (m message) text(field int, s string) message {
	return m.bytes(field, []byte(strings.ToValidUTF8(s, "\uFFFD")))
}
