package reports

import (
	"bytes"
	"testing"
)

func TestTame(t *testing.T) {
	for _, c := range []struct {
		line    string
		colored bool
		want    string
	}{
		{"as it is, \u00fc and …", false, "as it is, \u00fc and …"},
		{"a\x1b[2Jb", true, "a [2Jb"},
		{"a\x1b[31mb\x1b[0m", true, "a\x1b[31mb\x1b[0m"},
		{"a\x1b[31mb", false, "a [31mb"},
		{"a\x1b[8mhidden", true, "a [8mhidden"},
		{"✗ one\n✓ CERTIFIED", true, "✗ one ✓ CERTIFIED"},
		{"a\rb\u202ec\u009bd", false, "a b c d"},
	} {
		if got := tame(c.line, c.colored); got != c.want {
			t.Errorf("%q is %q, want %q", c.line, got, c.want)
		}
	}
	var out bytes.Buffer
	p := newPage(&out, false)
	p.wrap("  ", "failed: \x1b[2Jx\nCERTIFIED")
	if err := p.out.Flush(); err != nil || out.String() != "  failed:  [2Jx CERTIFIED\n" {
		t.Errorf("%q %v", out.String(), err)
	}
}
