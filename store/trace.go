package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/godescent/descent"
)

// traceVersion is the first byte of an encoded trace.
const traceVersion = 1

// floatColumns are the floating-point numbers of a point of a trace.
var floatColumns = []func(*descent.TracePoint) *float64{
	func(p *descent.TracePoint) *float64 { return &p.Seconds },
	func(p *descent.TracePoint) *float64 { return &p.Value },
	func(p *descent.TracePoint) *float64 { return &p.Certificate },
}

// intColumns are the whole numbers of a point. A new one goes to the end: then older traces can be
// read, and have 0 in it.
var intColumns = []func(*descent.TracePoint) *int{
	func(p *descent.TracePoint) *int { return &p.Iteration },
	func(p *descent.TracePoint) *int { return &p.Counts.Value },
	func(p *descent.TracePoint) *int { return &p.Counts.Gradient },
	func(p *descent.TracePoint) *int { return &p.Counts.HessVec },
	func(p *descent.TracePoint) *int { return &p.Counts.Hessian },
	func(p *descent.TracePoint) *int { return &p.Counts.Term },
	func(p *descent.TracePoint) *int { return &p.Counts.Prox },
	func(p *descent.TracePoint) *int { return &p.Counts.Coordinate },
	func(p *descent.TracePoint) *int { return &p.Counts.Target },
}

// appendTrace appends an encoded trace to b: the version, the number of points, the number of columns
// of whole numbers, these columns as differences (varints), and the columns of floating-point numbers
// by bytes: the highest bytes of all points first, where neighbours are alike. Every bit is kept.
// An empty trace is no byte at all.
func appendTrace(b []byte, trace []descent.TracePoint) []byte {
	if len(trace) == 0 {
		return b
	}
	b = append(b, traceVersion)
	b = binary.AppendUvarint(b, uint64(len(trace)))
	b = binary.AppendUvarint(b, uint64(len(intColumns)))
	for _, column := range intColumns {
		last := 0
		for i := range trace {
			v := *column(&trace[i])
			b = binary.AppendVarint(b, int64(v)-int64(last))
			last = v
		}
	}
	for _, column := range floatColumns {
		for shift := 56; shift >= 0; shift -= 8 {
			for i := range trace {
				b = append(b, byte(math.Float64bits(*column(&trace[i]))>>shift))
			}
		}
	}
	return b
}

var errTrace = errors.New("the trace ends too early or is damaged")

// readTrace is the way back.
func readTrace(b []byte) ([]descent.TracePoint, error) {
	if len(b) == 0 {
		return nil, nil
	}
	if b[0] != traceVersion {
		return nil, fmt.Errorf("the trace has version %d: this program reads version %d", b[0], traceVersion)
	}
	b = b[1:]
	points, b, err := uvarint(b)
	if err != nil {
		return nil, err
	}
	columns, b, err := uvarint(b)
	if err != nil {
		return nil, err
	}
	if columns > uint64(len(intColumns)) {
		return nil, fmt.Errorf("the trace has %d columns of whole numbers: this program knows %d", columns, len(intColumns))
	}
	if floats := 8 * uint64(len(floatColumns)); points > uint64(len(b))/floats { // before memory is taken
		return nil, errTrace
	}
	trace := make([]descent.TracePoint, points)
	for _, column := range intColumns[:columns] {
		last := int64(0)
		for i := range trace {
			d, n := binary.Varint(b)
			if n <= 0 {
				return nil, errTrace
			}
			b = b[n:]
			last += d
			*column(&trace[i]) = int(last)
		}
	}
	if uint64(len(b)) != 8*points*uint64(len(floatColumns)) {
		return nil, errTrace
	}
	for _, column := range floatColumns {
		for i := range trace {
			var bits uint64
			for k := range 8 {
				bits = bits<<8 | uint64(b[k*len(trace)+i])
			}
			*column(&trace[i]) = math.Float64frombits(bits)
		}
		b = b[8*len(trace):]
	}
	return trace, nil
}

func uvarint(b []byte) (uint64, []byte, error) {
	v, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, nil, errTrace
	}
	return v, b[n:], nil
}

// mostTraceBytes bounds what a compressed trace may become: 20 million points.
const mostTraceBytes = 1 << 30

// Both codecs may be used by several goroutines.
var (
	compressor = sync.OnceValue(func() *zstd.Encoder {
		e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(2))
		if err != nil {
			panic(err) // the options are constants
		}
		return e
	})
	decompressor = sync.OnceValue(func() *zstd.Decoder {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(mostTraceBytes))
		if err != nil {
			panic(err)
		}
		return d
	})
)

// compress makes what is stored of an encoded trace; nothing of nothing.
func compress(trace []byte) []byte {
	if len(trace) == 0 {
		return []byte{}
	}
	return compressor().EncodeAll(trace, nil)
}

func decompress(b []byte) ([]byte, error) {
	if len(b) == 0 {
		return nil, nil
	}
	return decompressor().DecodeAll(b, nil)
}
