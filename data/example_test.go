package data_test

import (
	"fmt"
	"strings"

	"github.com/godescent/descent/data"
)

func ExampleLoad() {
	s, err := data.Load("iris", data.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	rows, cols := s.X.Dims()
	fmt.Println(rows, cols, s.Format, s.Features[0], s.Y[0])
	// Output: 150 4 csv sepal_length_(cm) 0
}

func ExampleRead_error() {
	const text = "age,sex,income\n39,M,52.5\n"
	_, err := data.Read(strings.NewReader(text), "people.csv", data.Options{})
	fmt.Println(err)
	// Output: people.csv:2:4: column 2 (sex) is text (for example "M"); want numbers: one-hot encode it with the categorical option or drop the column
}
