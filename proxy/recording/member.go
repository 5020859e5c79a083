package recording

import (
	"bytes"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"
)

func (l *line) open(name string) {
	l.key(name)
	l.buf = append(l.buf, '{')
}

func (l *line) close() { l.buf = append(l.buf, '}') }

// key writes a member's name, which needs no escapes.
func (l *line) key(name string) {
	if n := len(l.buf); n > 0 && l.buf[n-1] != '{' {
		l.buf = append(l.buf, ',')
	}
	l.buf = append(append(append(l.buf, '"'), name...), '"', ':')
}

// keyed writes any text as a member's name.
func (l *line) keyed(name []byte) {
	if l.buf[len(l.buf)-1] != '{' {
		l.buf = append(l.buf, ',')
	}
	l.quoted(name)
	l.buf = append(l.buf, ':')
}

func (l *line) quoted(s []byte) {
	if !utf8.Valid(s) {
		s = bytes.ToValidUTF8(s, []byte("\ufffd"))
	}
	l.buf = append(quote(append(l.buf, '"'), s), '"')
}

// must writes a member even when it is empty; opt only when it is not; str a
// string that is the harness's own; text one that is scrubbed.
func (l *line) must(name string, s []byte) {
	l.key(name)
	l.quoted(s)
}

func (l *line) opt(name, s string) {
	if s != "" {
		l.str(name, s)
	}
}

func (l *line) str(name, s string) {
	l.v.own = append(l.v.own[:0], s...)
	l.must(name, l.v.own)
}

func (l *line) text(name, s string) {
	if s != "" {
		l.must(name, l.v.string(s))
	}
}

func (l *line) num(name string, n int64) {
	if n != 0 {
		l.key(name)
		l.buf = strconv.AppendInt(l.buf, n, 10)
	}
}

func (l *line) time(name string, t time.Time) {
	l.key(name)
	text, err := t.AppendText(append(l.buf, '"'))
	if err != nil {
		l.err = fmt.Errorf("%s: %w", name, err)
		return
	}
	l.buf = append(text, '"')
}
