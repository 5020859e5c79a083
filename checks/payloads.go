package checks

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"mime"
	"slices"

	"github.com/anton-payments/golive/proxy/recording"
)

// payload is what the app sent, as JSON with every number as its own digits; nil
// when it is no JSON, or was not kept whole.
func payload(x *recording.Exchange) any {
	if x.Request.Body.Cut {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(x.Request.Body.Bytes()))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	if _, err := d.Token(); err != io.EOF {
		return nil
	}
	return v
}

// members are those of the JSON object that the app sent; nil when it sent
// something else.
func members(x *recording.Exchange) map[string]any {
	m, _ := payload(x).(map[string]any)
	return m
}

// named is a string member, "" when it is none.
func named(m map[string]any, member string) string {
	s, _ := m[member].(string)
	return s
}

// canonical is a body so written that equal JSON reads alike: white space and
// the order of members do not count, a number's digits do. What is no JSON
// stands as it was sent, but for a multipart boundary, which clients draw anew
// for each request.
func canonical(x *recording.Exchange) string {
	if v := payload(x); v != nil {
		return inJSON(v)
	}
	sent := x.Request.Body.Bytes()
	if kinds := x.Request.Header["Content-Type"]; len(kinds) > 0 {
		if _, p, err := mime.ParseMediaType(kinds[0]); err == nil && p["boundary"] != "" {
			sent = bytes.ReplaceAll(sent, []byte(p["boundary"]), []byte("boundary"))
		}
	}
	return string(sent)
}

// alike reports whether two requests say the same.
func alike(a, b *recording.Exchange) bool {
	same := a.Request.Body.Content() == b.Request.Body.Content() && slices.Equal(a.Request.Header["Content-Type"], b.Request.Header["Content-Type"])
	return same || canonical(a) == canonical(b)
}

func inJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic("JSON that was just read cannot be written: " + err.Error())
	}
	return string(b)
}

// differing are the members, by name, in which two objects differ.
func differing(a, b map[string]any) []string {
	names := map[string]bool{}
	for n := range maps.Keys(a) {
		names[n] = true
	}
	for n := range maps.Keys(b) {
		names[n] = true
	}
	var differ []string
	for n := range names {
		if inJSON(a[n]) != inJSON(b[n]) {
			differ = append(differ, n)
		}
	}
	slices.Sort(differ)
	return differ
}
