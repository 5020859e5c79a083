package reports

import (
	"regexp"
	"strings"
	"unicode"
)

// painted are the only commands to a terminal that a page gives: colours of ours.
var painted = regexp.MustCompile(`^\x1b\[(?:0|1|2|22|3[0-9])(?:;(?:0|1|2|22|3[0-9]))*m`)

// tame is a line in which every character shows: one that commands a terminal, or
// turns the direction of writing, is a blank. Colours stay where there are any.
func tame(line string, colored bool) string {
	if strings.IndexFunc(line, wild) < 0 {
		return line
	}
	var b strings.Builder
	for i, r := range line {
		switch {
		case !wild(r):
			b.WriteRune(r)
		case r == '\x1b' && colored && painted.MatchString(line[i:]):
			b.WriteRune(r)
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// wild: it is not a character to look at.
func wild(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}
