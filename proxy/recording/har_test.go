package recording_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/anton-payments/golive/proxy/recording"
)

// harSchema is HAR 1.2 as har-schema, the validator of the JavaScript world, has it.
func harSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile("testdata/har/schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(text, &parts); err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft6)
	c.AssertFormat()
	for name, raw := range parts {
		part, err := jsonschema.UnmarshalJSON(bytes.NewReader(bytes.ReplaceAll(raw, []byte(`"$id": "`), []byte(`"$id": "file:///har/`))))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource("file:///har/"+name+".json", part); err != nil {
			t.Fatal(err)
		}
	}
	s, err := c.Compile("file:///har/har.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func anton(host string) bool { return host == "api.antonpayments.dev" }

// real are recordings of real runs.
func real(t *testing.T) map[string]*recording.Recording {
	t.Helper()
	paths, _ := filepath.Glob("../../reports/testdata/recordings/*.jsonl.gz")
	all := map[string]*recording.Recording{}
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		if all[path], err = recording.Read(z); err != nil {
			t.Fatal(path, err)
		}
	}
	if len(all) == 0 {
		t.Fatal("no recordings")
	}
	return all
}

func TestHARIsValid(t *testing.T) {
	schema := harSchema(t)
	odd := &recording.Recording{Open: recording.Open{Tool: "0.1.0"}, Exchanges: []*recording.Exchange{
		{ID: "x1", Request: recording.Request{Method: "GET", Scheme: "https", Host: "api.antonpayments.dev", Path: "/v1/x%2fy", Query: "a=1&b&%zz=+", Proto: "HTTP/1.1"}, Error: "the app hung up"},
		{
			ID: "x2", Fault: &recording.Interference{Kind: recording.FaultLostAnswer, Nth: 1},
			Request: recording.Request{Method: "POST", Scheme: "https", Host: "api.antonpayments.dev", Path: "/", Header: map[string][]string{"A": {"1", "2"}, "B": nil},
				Body: recording.Body{Base64: []byte{0xff, 0xfe}, Size: 2}},
			Upstream: &recording.Response{Status: 201, Body: recording.Body{Text: "{}", Size: 22, Coding: "gzip"}},
		},
	}}
	recordings := real(t)
	recordings["odd"] = odd
	recordings["empty"] = &recording.Recording{}
	for name, r := range recordings {
		var out bytes.Buffer
		if err := recording.WriteHAR(&out, r); err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(out.Bytes()))
		if err != nil {
			t.Fatal(name, err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		entries := doc.(map[string]any)["log"].(map[string]any)["entries"].([]any)
		if len(entries) != len(r.Exchanges)+len(r.Deliveries) {
			t.Errorf("%s: %d entries of %d exchanges and %d deliveries", name, len(entries), len(r.Exchanges), len(r.Deliveries))
		}
	}
	doc, _ := jsonschema.UnmarshalJSON(strings.NewReader(`{"log":{"version":"1.2","creator":{"name":"x","version":"1"},"entries":[{"startedDateTime":"today"}]}}`))
	if schema.Validate(doc) == nil {
		t.Error("the schema takes everything")
	}
}

// What a run wrote as HAR reads back as what it recorded, but for what a HAR
// has no place for.
func TestHARReadsBack(t *testing.T) {
	for name, r := range real(t) {
		var out bytes.Buffer
		if err := recording.WriteHAR(&out, r); err != nil {
			t.Fatal(err)
		}
		h, err := recording.ReadHAR(out.Bytes(), anton)
		if err != nil {
			t.Fatal(err)
		}
		if len(h.Exchanges) != len(r.Exchanges) {
			t.Fatalf("%s: %d exchanges of %d", name, len(h.Exchanges), len(r.Exchanges))
		}
		for i, x := range r.Exchanges {
			got := h.Exchanges[i]
			want, _ := json.Marshal(even(x))
			have, _ := json.Marshal(even(got))
			if !bytes.Equal(want, have) {
				t.Fatalf("%s: %s\nhave %s\nwant %s", name, x.ID, have, want)
			}
			if d := got.End.Sub(x.End).Abs(); d > 2000 {
				t.Errorf("%s: %s ends %v off", name, x.ID, d)
			}
		}
	}
}

// even is an exchange without what a HAR does not keep to the letter.
func even(x *recording.Exchange) recording.Exchange {
	e := *x
	e.ID, e.Start, e.FirstByte, e.End = "", e.Start.Truncate(1000), e.Start.Truncate(1000), e.Start.Truncate(1000)
	body := func(b *recording.Body) { b.Digest, b.Coding, b.Size = "", "", 0 }
	response := func(r *recording.Response) *recording.Response {
		if r == nil {
			return nil
		}
		own := *r
		body(&own.Body)
		return &own
	}
	body(&e.Request.Body)
	e.Response, e.Upstream = response(e.Response), response(e.Upstream)
	return e
}

// Every foreign HAR gives the same four calls, times and all, nothing of other
// hosts and nothing secret.
func TestForeignHAR(t *testing.T) {
	for _, name := range []string{"chrome", "firefox", "mitmproxy", "charles"} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile("testdata/har/" + name + ".har")
			if err != nil {
				t.Fatal(err)
			}
			if !recording.IsHAR(text[:64]) {
				t.Error("not known as a HAR")
			}
			h, err := recording.ReadHAR(text, anton)
			if err != nil {
				t.Fatal(err)
			}
			again, _ := recording.ReadHAR(text, anton)
			if !reflect.DeepEqual(h, again) {
				t.Error("read twice, it differs")
			}
			var calls []string
			for _, x := range h.Exchanges {
				calls = append(calls, x.Request.Method+" "+x.Request.Path)
			}
			if want := "GET /v1/balances,POST /v1/payees,POST /v1/instruments,POST /v1/payouts"; !strings.HasPrefix(strings.Join(calls, ","), want) {
				t.Fatalf("calls %v", calls)
			}
			last := h.Exchanges[3]
			if d := last.Start.Sub(h.Exchanges[0].Start); d != 3e9 {
				t.Errorf("the fourth begins %v after the first", d)
			}
			if took := last.End.Sub(last.Start); took < 60e6 || took > 90e6 || last.FirstByte.After(last.End) {
				t.Errorf("it takes %v, first byte after %v", took, last.FirstByte.Sub(last.Start))
			}
			if !strings.Contains(last.Request.Body.Text, `"amount": 100.1`) || last.Request.Header["Idempotency-Key"][0] != "inv-2026-1001" {
				t.Errorf("request %+v", last.Request)
			}
			if last.Status() != 201 || !strings.Contains(last.Response.Body.Text, "po_01") || last.Response.Body.Cut {
				t.Errorf("response %+v", last.Response)
			}
			if name == "chrome" && (h.Skipped != 3 || len(h.Exchanges) != 5 || h.Exchanges[4].Response != nil || !strings.Contains(h.Exchanges[4].Error, "ERR_CONNECTION_RESET")) {
				t.Errorf("%d skipped, %d exchanges, the last %+v", h.Skipped, len(h.Exchanges), h.Exchanges[len(h.Exchanges)-1])
			}
			all, _ := json.Marshal(h)
			for _, secret := range []string{"Zq3mT8vK2", "Adaeze", "quillfeather", "Quillfeather", "000482915073", "021000021", "tracker.example", "another host"} {
				if bytes.Contains(all, []byte(secret)) {
					t.Errorf("%s is in it", secret)
				}
			}
		})
	}
}

// What is no HAR says where; what is odd in entries of others does not matter.
func TestBrokenHAR(t *testing.T) {
	entry := func(url, started string) string {
		return `{"startedDateTime":"` + started + `","time":1e300,"request":{"url":"` + url + `"},"response":{"status":200},"timings":{"wait":-5,"send":null}}`
	}
	good := entry("https://api.antonpayments.dev/v1/balances", "2026-03-04T10:00:00Z")
	for text, want := range map[string]string{
		``:                        "HAR: unexpected end",
		`{"log":`:                 "HAR: unexpected end",
		`{}`:                      "HAR: no log.entries",
		`{"log":{}}`:              "HAR: no log.entries",
		`{"log":{"entries":{}}}`:  "HAR: json",
		`{"log":{"entries":[1]}}`: "HAR: log.entries[0]: json",
		`{"log":{"entries":[` + good + `,` + entry("https://api.antonpayments.dev/", "today") + `]}}`: `HAR: log.entries[1]: startedDateTime "today": want ISO 8601`,
		`{"log":{"entries":[` + good + `,` + entry("ht!tp://x", "today") + `]}}`:                      "",
		`{"log":{"entries":[` + good + `,{"request":{}}]}}`:                                           "",
		`{"log":{"entries":[]}}`: "",
	} {
		h, err := recording.ReadHAR([]byte(text), anton)
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", text, err)
		case want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)):
			t.Errorf("%s: %v, want %s", text, err, want)
		case err == nil && len(h.Exchanges) > 0 && h.Exchanges[0].End.Sub(h.Exchanges[0].Start).Hours() != 24:
			t.Errorf("a time without end is %v", h.Exchanges[0].End.Sub(h.Exchanges[0].Start))
		}
	}
}
