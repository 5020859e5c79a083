package app

import (
	"bytes"
	"slices"
	"strings"
)

// A log is full of digits: times, counters, ids. What is written here keeps
// them from being taken for a canary by chance.

// longNumber is how many digits in a row do not come up by chance.
const longNumber = 12

// partOfNumber reports whether a short number was found within a longer one.
func (p *pattern) partOfNumber(line []byte, at int) bool {
	if len(p.text) >= longNumber || strings.Trim(p.text, "0123456789") != "" {
		return false
	}
	end := at + len(p.text)
	return at > 0 && digit(line[at-1]) || end < len(line) && digit(line[end])
}

// grouped reports whether a stretch of a folded line is the value in groups of
// at most four characters, with one kind of separator, standing alone. As the
// value itself is written it is no group.
func (p *pattern) grouped(line []byte, from, to int) bool {
	if string(line[from:to]) == p.value || from > 0 && wordByte(line[from-1]) || to < len(line) && wordByte(line[to]) {
		return false
	}
	kind, since := "", 0
	for i := from; i < to; i++ {
		width := separator(line[i:to])
		if width == 0 {
			since++
			if since > 4 {
				return false
			}
			continue
		}
		own := string(line[i : i+width])
		if kind != "" && kind != own {
			return false
		}
		kind, since, i = own, 0, i+width-1
	}
	return kind != ""
}

// Marks that stand for hidden characters. One alone may be anything.
var marks = [][]byte{[]byte("**"), []byte("xx"), []byte("##"), []byte(".."), []byte("••"), []byte("●●"), []byte("…")}

// masked reports whether a mask stands beside the part of the value at a place
// of a folded line, and the part stands alone on its other side.
func (p *pattern) masked(line []byte, at int) bool {
	if strings.HasPrefix(p.value, p.text) {
		return p.beginning(line, at)
	}
	before, end := line[:at], at+MinLeak
	if end < len(line) && wordByte(line[end]) {
		return false
	}
	shown := MinLeak
	for shown < len(p.value) && len(before) > 0 && before[len(before)-1] == p.value[len(p.value)-shown-1] {
		before, shown = before[:len(before)-1], shown+1
	}
	return shown < len(p.value) && slices.ContainsFunc(marks, func(m []byte) bool { return bytes.HasSuffix(before, m) })
}

func (p *pattern) beginning(line []byte, at int) bool {
	if at > 0 && wordByte(line[at-1]) {
		return false
	}
	rest, shown := line[at:], MinLeak
	for shown < min(len(rest), len(p.value)) && rest[shown] == p.value[shown] {
		shown++
	}
	return shown < len(p.value) && slices.ContainsFunc(marks, func(m []byte) bool { return bytes.HasPrefix(rest[shown:], m) })
}

func digit(c byte) bool { return '0' <= c && c <= '9' }
