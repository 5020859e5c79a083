package recording

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// spelling is another way to write a known value.
type spelling struct {
	text   string
	inside bool // stands inside longer words too: base64 and hex
	groups bool // a number in groups: not a part of one with more groups
}

// spellings are the ways of writing a value that are neither undone before the
// search, as percent-encoding and JSON's escapes in JSON are, nor the value
// itself. The checklist (SEC-5) names them: other case, groups, JSON's escapes
// in other text, base64, hex.
func spellings(kind, value string) []spelling {
	all := []spelling{{text: strings.ToUpper(value)}, {text: strings.ToLower(value)}}
	if bare, ok := strings.CutPrefix(value, "+"); ok && kind == KindPhone {
		all = append(all, spelling{text: bare}, spelling{text: `\u002B` + bare}, spelling{text: `\u002b` + bare})
	}
	if kind == KindAccount || kind == KindRouting || kind == KindPhone || kind == KindIBAN || kind == KindCard {
		all = append(all, inGroups(strings.TrimPrefix(value, "+"))...)
	}
	for _, text := range []string{value, strings.ToUpper(value), strings.ToLower(value)} {
		digits := hex.EncodeToString([]byte(text))
		all = append(all, spelling{text: digits, inside: true}, spelling{text: strings.ToUpper(digits), inside: true})
		all = append(all, sixtyFour(text)...)
	}
	return all
}

// inGroups is a number in groups of three and of four.
func inGroups(value string) []spelling {
	var all []spelling
	for _, size := range []int{3, 4} {
		var groups []string
		for from := 0; from < len(value); from += size {
			groups = append(groups, value[from:min(from+size, len(value))])
		}
		for _, between := range []string{" ", "-", ".", "\u00a0"} {
			all = append(all, spelling{text: strings.Join(groups, between), groups: true})
		}
	}
	return all
}

// sixtyFour are the base64 digits that a value alone decides, at each of the
// three places where it can begin within a group, in both alphabets. Fewer than
// eight digits would be found by chance.
func sixtyFour(value string) []spelling {
	var all []spelling
	for before := range 3 {
		padded := append(make([]byte, before), value...)
		from, to := (before*8+5)/6, len(padded)*8/6
		if to-from < 8 {
			continue
		}
		for _, alphabet := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			all = append(all, spelling{text: alphabet.EncodeToString(padded)[from:to], inside: true})
		}
	}
	return all
}
