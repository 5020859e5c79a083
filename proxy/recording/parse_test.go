package recording

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

// The parser reads whatever is appended, and reads it as encoding/json does.
func TestParserReadsWhatIsAppended(t *testing.T) {
	scrub := NewScrub()
	full, plain, binary := &Exchange{}, payout(1), payout(2)
	fill(reflect.ValueOf(full).Elem())
	full.Request.Header = map[string][]string{"A": {"x", "y\n"}, "B": {}}
	full.Response.Header, full.Upstream.Header = full.Request.Header, full.Request.Header
	binary.Request.Body.Base64 = []byte("\xff\x00")
	delivery := &Delivery{}
	fill(reflect.ValueOf(delivery).Elem())
	delivery.Request.Header, delivery.Response.Header = full.Request.Header, nil
	for _, e := range []Event{{Exchange: full}, {Exchange: plain}, {Exchange: binary}, {Exchange: &Exchange{}}, {Delivery: delivery}, {Delivery: &Delivery{}}} {
		l := &line{v: scrub.take()}
		must(t, l.encode(&e))
		text := append([]byte(`{"n":12,"prev":"00ff",`), l.buf...)
		p := parser{words: map[string]string{}}
		got, ok := p.event(text)
		if !ok {
			t.Errorf("not read, from byte %d: %s", p.i, text)
		}
		var want Event
		must(t, json.Unmarshal(text, &want))
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got\n%+v, want\n%+v", got, want)
		}
	}
}

// What the parser takes, encoding/json takes, and understands alike.
func FuzzParser(f *testing.F) {
	f.Add([]byte(`{"n":1,"prev":"00","exchange":{"id":"x1","start":"2026-11-20T12:00:00Z","request":{"header":{"A":["b","\u00e9\n"]},"body":{"text":"\ud83d\ude00","size":-1,"cut":true}}}}`))
	f.Add([]byte(`{"n":01,"delivery":{"id":"\/","response":{"status":204,"body":{"base64":"/w=="}}}}`))
	f.Add([]byte(`{"n":10,"delivery":{"response":{"body":{"base64":""}}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p := parser{words: map[string]string{}}
		got, ok := p.event(text)
		if !ok {
			return
		}
		var want Event
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		a, _ := json.Marshal(got)
		b, _ := json.Marshal(want)
		if string(a) != string(b) && !repeats(json.NewDecoder(bytes.NewReader(text))) {
			t.Fatalf("%q: %s, want %s", text, a, b)
		}
	})
}

// repeats reports whether an object in the text names a member twice, which
// each reader takes its own way and Append never writes.
func repeats(d *json.Decoder) bool {
	open, err := d.Token()
	if err != nil || open != json.Delim('{') && open != json.Delim('[') {
		return false
	}
	seen, twice := map[json.Token]bool{}, false
	for d.More() {
		if open == json.Delim('{') {
			name, _ := d.Token()
			twice = twice || seen[name]
			seen[name] = true
		}
		twice = repeats(d) || twice
	}
	d.Token()
	return twice
}
