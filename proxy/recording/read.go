package recording

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
)

// Decode reads events as they stand, without chain, order or closing line:
// for examples written by hand. Use Read for a run's recording.
func Decode(r io.Reader) (*Recording, error) {
	rec := &Recording{}
	lines := bufio.NewReader(r)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if len(line) > 1 {
			var e Event
			if err := json.Unmarshal(line, &e); err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			rec.Add(e)
		}
		if err == io.EOF {
			rec.Sort()
			return rec, nil
		}
		if err != nil {
			return nil, err
		}
	}
}
