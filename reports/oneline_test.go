package reports

import (
	"errors"
	"fmt"
	"testing"
)

func TestOneLine(t *testing.T) {
	full := errors.New("write run.jsonl: no space left on device")
	for _, c := range []struct {
		err  error
		want string
	}{
		{full, "write run.jsonl: no space left on device"},
		{errors.Join(fmt.Errorf("recording: %w", full), full, errors.New("write golive.yaml: no space")), "recording: write run.jsonl: no space left on device; write golive.yaml: no space"},
		{errors.New("merchant \x1b[2J\n\n"), "merchant  [2J"},
	} {
		if got := OneLine(c.err); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
