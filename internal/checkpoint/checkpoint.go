// Package checkpoint encodes the exported fields of structs in a binary form that
// keeps every bit: zeros, infinities and NaNs included. A record is framed with a
// magic word, a version, its length and a checksum.
package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc64"
	"math"
	"os"
	"path/filepath"
	"reflect"
)

const (
	magic   = "descent\x00"
	version = 1
	header  = len(magic) + 2 + 8
)

var table = crc64.MakeTable(crc64.ECMA)

// Marshal encodes the given structs (or pointers to structs) one after the other.
func Marshal(parts ...any) ([]byte, error) {
	b := append(make([]byte, 0, 256), magic...)
	b = binary.LittleEndian.AppendUint16(b, version)
	b = binary.LittleEndian.AppendUint64(b, 0)
	for _, part := range parts {
		var err error
		if b, err = encode(b, reflect.Indirect(reflect.ValueOf(part))); err != nil {
			return nil, err
		}
	}
	binary.LittleEndian.PutUint64(b[len(magic)+2:], uint64(len(b)-header))
	return binary.LittleEndian.AppendUint64(b, crc64.Checksum(b, table)), nil
}

// Sum returns a checksum of what Marshal would write: equal sums mean, but for
// odds of 2^-64, equal states.
func Sum(part any) (uint64, error) {
	b, err := encode(nil, reflect.Indirect(reflect.ValueOf(part)))
	return crc64.Checksum(b, table), err
}

// A Reader decodes the parts of a record in order.
type Reader struct{ b []byte }

// NewReader verifies the frame and the checksum of a record.
func NewReader(b []byte) (*Reader, error) {
	if len(b) < header+8 || string(b[:len(magic)]) != magic {
		return nil, errors.New("checkpoint: not a checkpoint, or cut off")
	}
	if v := binary.LittleEndian.Uint16(b[len(magic):]); v != version {
		return nil, fmt.Errorf("checkpoint: version %d: this program reads version %d", v, version)
	}
	n := binary.LittleEndian.Uint64(b[len(magic)+2:])
	if n != uint64(len(b)-header-8) {
		return nil, fmt.Errorf("checkpoint: holds %d bytes where its header says %d: cut off or damaged", len(b)-header-8, n)
	}
	body, sum := b[:len(b)-8], binary.LittleEndian.Uint64(b[len(b)-8:])
	if crc64.Checksum(body, table) != sum {
		return nil, errors.New("checkpoint: checksum does not match: the file is damaged")
	}
	return &Reader{b: body[header:]}, nil
}

// Next decodes the next part into the struct that part points to. Slices that
// already have the right length are filled in place.
func (r *Reader) Next(part any) error {
	return r.decode(reflect.ValueOf(part).Elem())
}

// WriteFile writes b to a temporary file beside name, syncs it and renames it,
// so that name always holds a whole record.
func WriteFile(name string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*.tmp")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

func encode(b []byte, v reflect.Value) ([]byte, error) {
	b = append(b, byte(v.Kind()))
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			return append(b, 1), nil
		}
		return append(b, 0), nil
	case reflect.Int, reflect.Int64, reflect.Int32:
		return binary.LittleEndian.AppendUint64(b, uint64(v.Int())), nil
	case reflect.Uint64, reflect.Uint32, reflect.Uint8:
		return binary.LittleEndian.AppendUint64(b, v.Uint()), nil
	case reflect.Float64, reflect.Float32:
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(v.Float())), nil
	case reflect.String:
		b = binary.LittleEndian.AppendUint64(b, uint64(v.Len()))
		return append(b, v.String()...), nil
	case reflect.Slice, reflect.Array:
		b = binary.LittleEndian.AppendUint64(b, uint64(v.Len()))
		if x, ok := floats[float64](v); ok {
			for _, f := range x {
				b = binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
			}
			return b, nil
		}
		if x, ok := floats[float32](v); ok {
			for _, f := range x {
				b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
			}
			return b, nil
		}
		for i := range v.Len() {
			var err error
			if b, err = encode(b, v.Index(i)); err != nil {
				return nil, err
			}
		}
		return b, nil
	case reflect.Struct:
		fields := exported(v.Type())
		b = binary.LittleEndian.AppendUint64(b, uint64(len(fields)))
		for _, i := range fields {
			name := v.Type().Field(i).Name
			b = append(append(b, byte(len(name))), name...)
			var err error
			if b, err = encode(b, v.Field(i)); err != nil {
				return nil, fmt.Errorf("%s.%w", name, err)
			}
		}
		return b, nil
	}
	return nil, fmt.Errorf("checkpoint: a field of type %v cannot be saved", v.Type())
}

// floats returns v as []T if it is a slice of them.
func floats[T float32 | float64](v reflect.Value) ([]T, bool) {
	if v.Kind() != reflect.Slice {
		return nil, false
	}
	x, ok := v.Interface().([]T)
	return x, ok
}

func exported(t reflect.Type) []int {
	var idx []int
	for i := range t.NumField() {
		if t.Field(i).IsExported() {
			idx = append(idx, i)
		}
	}
	return idx
}

var errShort = errors.New("checkpoint: ends too early")

func (r *Reader) take(n uint64) ([]byte, error) {
	if uint64(len(r.b)) < n {
		return nil, errShort
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b, nil
}

func (r *Reader) word() (uint64, error) {
	b, err := r.take(8)
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint64(b), nil
}

func (r *Reader) decode(v reflect.Value) error {
	kind, err := r.take(1)
	if err != nil {
		return err
	}
	if reflect.Kind(kind[0]) != v.Kind() {
		return fmt.Errorf("checkpoint: holds a %v where a %v is expected", reflect.Kind(kind[0]), v.Kind())
	}
	switch v.Kind() {
	case reflect.Bool:
		b, err := r.take(1)
		if err != nil {
			return err
		}
		v.SetBool(b[0] != 0)
		return nil
	}
	w, err := r.word()
	if err != nil {
		return err
	}
	switch v.Kind() {
	case reflect.Int, reflect.Int64, reflect.Int32:
		v.SetInt(int64(w))
	case reflect.Uint64, reflect.Uint32, reflect.Uint8:
		v.SetUint(w)
	case reflect.Float64, reflect.Float32:
		v.SetFloat(math.Float64frombits(w))
	case reflect.String:
		b, err := r.take(w)
		if err != nil {
			return err
		}
		v.SetString(string(b))
	case reflect.Slice, reflect.Array:
		return r.list(v, w)
	case reflect.Struct:
		return r.fields(v, w)
	default:
		return fmt.Errorf("checkpoint: a field of type %v cannot be read", v.Type())
	}
	return nil
}

func (r *Reader) list(v reflect.Value, n uint64) error {
	if v.Kind() == reflect.Array && n != uint64(v.Len()) {
		return fmt.Errorf("checkpoint: holds %d elements where %d are expected", n, v.Len())
	}
	if n > uint64(len(r.b)) { // every element takes at least a byte
		return errShort
	}
	if v.Kind() == reflect.Slice && v.Len() != int(n) {
		v.Set(reflect.MakeSlice(v.Type(), int(n), int(n)))
	}
	if x, ok := floats[float64](v); ok {
		b, err := r.take(8 * n)
		if err != nil {
			return err
		}
		for i := range x {
			x[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
		}
		return nil
	}
	if x, ok := floats[float32](v); ok {
		b, err := r.take(4 * n)
		if err != nil {
			return err
		}
		for i := range x {
			x[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		}
		return nil
	}
	for i := range int(n) {
		if err := r.decode(v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func (r *Reader) fields(v reflect.Value, n uint64) error {
	fields := exported(v.Type())
	if n != uint64(len(fields)) {
		return fmt.Errorf("checkpoint: holds %d fields where %v has %d", n, v.Type(), len(fields))
	}
	for _, i := range fields {
		size, err := r.take(1)
		if err != nil {
			return err
		}
		name, err := r.take(uint64(size[0]))
		if err != nil {
			return err
		}
		if want := v.Type().Field(i).Name; string(name) != want {
			return fmt.Errorf("checkpoint: holds field %q where %v has %s", name, v.Type(), want)
		}
		if err := r.decode(v.Field(i)); err != nil {
			return err
		}
	}
	return nil
}
