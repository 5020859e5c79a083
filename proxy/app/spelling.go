package app

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/anton-payments/golive/proxy/recording"
)

// pattern is one way to write a canary.
type pattern struct {
	kind, encoding string
	value          string // the canary itself; folded where the search is in groups or masked
	text           string // what is searched for, at least MinLeak bytes
	bytes          []byte // text
}

// Kinds that people write in groups, and kinds that they mask.
var (
	groupedKinds = []string{
		recording.KindAccount, recording.KindRouting, recording.KindIBAN, recording.KindCard,
		recording.KindPhone, recording.KindBirth,
	}
	maskedKinds = []string{recording.KindAccount, recording.KindRouting, recording.KindIBAN, recording.KindCard}
	keyKinds    = []string{recording.KindTestKey, recording.KindLiveKey, recording.KindWebhookSecret, recording.KindToken}
)

// spellings are the ways in which a value is searched for.
func spellings(kind, value string) []*pattern {
	var all []*pattern
	seen := map[string]bool{}
	add := func(encoding, text string) {
		if len(text) >= MinLeak && !seen[text] {
			seen[text] = true
			all = append(all, &pattern{kind, encoding, value, text, []byte(text)})
		}
	}
	add("plain", fold(value))
	add("case", fold(strings.ToUpper(value)))
	add("case", fold(strings.ToLower(value)))
	for _, text := range jsonSpellings(value) {
		add("json", fold(text))
	}
	for _, text := range []string{url.QueryEscape(value), url.PathEscape(value), strings.ReplaceAll(url.QueryEscape(value), "+", "%20")} {
		add("url", fold(text))
	}
	add("hex", hex.EncodeToString([]byte(value)))
	for _, text := range base64Spellings(value) {
		add("base64", text)
	}
	if text := pack(value); slices.Contains(groupedKinds, kind) && len(text) > 5 {
		all = append(all, &pattern{kind, "grouped", fold(value), text, []byte(text)})
	}
	return append(all, masks(kind, value)...)
}

func fold(s string) string {
	var b buffer
	b.take([]byte(s))
	return string(b.folded)
}

func pack(s string) string {
	var b buffer
	b.take([]byte(s))
	return string(bytes.TrimLeft(b.packed, "+"))
}

// jsonSpellings are the value as JSON writers escape it, and escaped once more
// for JSON within JSON.
func jsonSpellings(value string) []string {
	var narrow strings.Builder
	for _, r := range value {
		switch {
		case r == '"' || r == '\\':
			narrow.WriteString(`\` + string(r))
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&narrow, `\u%04x\u%04x`, high, low)
		case r < ' ' || r > '~':
			fmt.Fprintf(&narrow, `\u%04x`, r)
		default:
			narrow.WriteRune(r)
		}
	}
	wide := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value)
	var all []string
	for _, text := range []string{wide, narrow.String()} {
		slashed := strings.ReplaceAll(text, "/", `\/`)
		all = append(all, text, slashed, twice(text), twice(slashed))
	}
	return all
}

func twice(text string) string { return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) }

// base64Spellings are the digits that the value alone decides, at each of the
// three places where it can begin within a group, in both alphabets. Fewer than
// eight digits would be found by chance.
func base64Spellings(value string) []string {
	var all []string
	for before := range 3 {
		padded := append(make([]byte, before), value...)
		from, to := (before*8+5)/6, len(padded)*8/6
		if to-from < 8 {
			continue
		}
		all = append(all,
			base64.RawStdEncoding.EncodeToString(padded)[from:to],
			base64.RawURLEncoding.EncodeToString(padded)[from:to])
	}
	return all
}

// masks are the ends of a value: five characters or more of it beside a mask
// show more than the last four.
func masks(kind, value string) []*pattern {
	text := fold(value)
	if len(text) < MinLeak+3 {
		return nil
	}
	var all []*pattern
	end, start := text[len(text)-MinLeak:], text[:MinLeak]
	if slices.Contains(maskedKinds, kind) || slices.Contains(keyKinds, kind) {
		all = append(all, &pattern{kind, "masked", text, end, []byte(end)})
	}
	if slices.Contains(maskedKinds, kind) {
		all = append(all, &pattern{kind, "masked", text, start, []byte(start)})
	}
	return all
}
