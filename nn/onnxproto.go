package nn

import (
	"encoding/binary"
	"math"
)

// ONNX files are messages of Protocol Buffers: fields, each a varint of 8 times its number plus
// a type (0 for a varint, 2 for a varint length and bytes, 5 for 4 bytes), then the value. The
// numbers of the fields are those of onnx.proto. Operator set 17 of ONNX 1.12 (2022) is the
// first with LayerNormalization.
const (
	onnxVersion = 8
	onnxOpset   = 17
)

// The types of elements and of attributes.
const (
	onnxFloat, onnxInt64                           = 1, 7
	onnxFloatAttribute, onnxIntAttribute, onnxInts = 1, 2, 7
)

// A message is an encoded message.
type message []byte

// int adds a field with an integer.
func (m *message) int(field, v int) {
	*m = binary.AppendUvarint(binary.AppendUvarint(*m, uint64(field)<<3), uint64(v))
}

// float adds a field with a number.
func (m *message) float(field int, v float32) {
	*m = binary.LittleEndian.AppendUint32(binary.AppendUvarint(*m, uint64(field)<<3|5), math.Float32bits(v))
}

// text adds a field with a string.
func (m *message) text(field int, s string) { m.bytes(field, []byte(s)) }

// bytes adds a field with bytes, or with a message.
func (m *message) bytes(field int, b []byte) {
	*m = binary.AppendUvarint(binary.AppendUvarint(*m, uint64(field)<<3|2), uint64(len(b)))
	*m = append(*m, b...)
}

// encodeONNX returns the ModelProto of a graph from "input" to "output" with the shapes of an
// example: 1 version, 2 and 3 producer, 7 graph, 8 operator sets.
func encodeONNX(g *onnxGraph, in, out []int) []byte {
	var graph, operators, m message // GraphProto: 1 node, 2 name, 5 initializer, 11 input, 12 output
	for i := range g.nodes {
		graph.bytes(1, g.nodes[i].encode())
	}
	graph.text(2, "model")
	for i := range g.arrays {
		graph.bytes(5, g.arrays[i].encode())
	}
	graph.bytes(11, encodeValue("input", in))
	graph.bytes(12, encodeValue("output", out))
	operators.text(1, "") // the standard one
	operators.int(2, onnxOpset)
	m.int(1, onnxVersion)
	m.text(2, "descent")
	m.bytes(7, graph)
	m.bytes(8, operators)
	return m
}

// encode returns the NodeProto: 1 input, 2 output, 3 name, 4 operator, 5 attribute.
func (n *onnxNode) encode() message {
	var m message
	for _, name := range n.in {
		m.text(1, name)
	}
	m.text(2, n.out)
	m.text(3, n.out)
	m.text(4, n.op)
	for _, a := range n.attributes {
		m.bytes(5, a.encode())
	}
	return m
}

// encode returns the AttributeProto: 1 name, 2 number, 3 integer, 8 integers, 20 type.
func (a *onnxAttribute) encode() message {
	var m message
	m.text(1, a.name)
	switch v := a.value.(type) {
	case float32:
		m.float(2, v)
		m.int(20, onnxFloatAttribute)
	case int:
		m.int(3, v)
		m.int(20, onnxIntAttribute)
	case []int:
		for _, k := range v {
			m.int(8, k)
		}
		m.int(20, onnxInts)
	}
	return m
}

// encode returns the TensorProto: 1 sizes, 2 type, 8 name, 9 elements, little-endian.
func (a *onnxArray) encode() message {
	m, kind := make(message, 0, 4*len(a.numbers)+64), onnxFloat
	if a.sizes != nil {
		kind = onnxInt64
	}
	for _, d := range a.shape {
		m.int(1, d)
	}
	m.int(2, kind)
	m.text(8, a.name)
	raw := make([]byte, 0, 4*len(a.numbers)+8*len(a.sizes))
	for _, v := range a.numbers {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	for _, v := range a.sizes {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	m.bytes(9, raw)
	return m
}

// encodeValue returns the ValueInfoProto of an array of numbers, a batch of examples: 1 name,
// 2 type; its TypeProto 1: 1 type of elements, 2 shape of 1 dimensions: 1 size, 2 name.
func encodeValue(name string, example []int) message {
	var batch, shape, array, kind, m message
	batch.text(2, "batch")
	shape.bytes(1, batch)
	for _, d := range example {
		var size message
		size.int(1, d)
		shape.bytes(1, size)
	}
	array.int(1, onnxFloat)
	array.bytes(2, shape)
	kind.bytes(1, array)
	m.text(1, name)
	m.bytes(2, kind)
	return m
}
