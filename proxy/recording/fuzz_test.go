package recording

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var keyLike = regexp.MustCompile(`ak_(test|live)_[0-9A-Za-z]{12}`)

// Whatever a HAR holds: calls to Anton alone come out of it, no key does, and
// what comes out can be written and read again.
func FuzzHAR(f *testing.F) {
	paths, _ := filepath.Glob("testdata/har/*.har")
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"log":{"_golive":{},"entries":[{"startedDateTime":"2026-03-04T10:00:00Z","time":1,"_fault":{"kind":"ak_test_0123456789abcdef"},"request":{"method":"ak_test_0123456789abcdef","url":"https://api.antonpayments.dev/ak_test_0123456789abcdef?a=ak_live_0123456789abcdef"},"response":{"status":200},"timings":{}}]}}`))
	isAnton := func(host string) bool { return host == "api.antonpayments.dev" }
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := ReadHAR(text, isAnton)
		if err != nil {
			return
		}
		all, err := json.Marshal(h)
		if err != nil {
			t.Skip("years beyond 9999")
		}
		if keyLike.Match(all) {
			t.Errorf("a key came through: %s", all)
		}
		var again bytes.Buffer
		if err := WriteHAR(&again, h.Recording); err != nil {
			t.Fatal(err)
		}
		second, err := ReadHAR(again.Bytes(), isAnton)
		if err != nil || len(second.Exchanges) != len(h.Exchanges) {
			t.Errorf("written and read again: %v", err)
		}
	})
}
