package reports

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
)

// The report is served on loopback behind its secret, to whoever asks under the
// listener's own name, until it is ended.
func TestServe(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	var hint bytes.Buffer
	go func() { ended <- serve(ctx, in, &hint, shape(failing, attempts)) }()
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(hint.String(), "until Ctrl-C ends it") {
		t.Errorf("whoever waits is told %q", hint.String())
	}
	address = strings.TrimSpace(address)
	host, _, _ := strings.Cut(strings.TrimPrefix(address, "http://"), "/")
	if !strings.HasPrefix(host, "127.0.0.1:") {
		t.Errorf("served at %s", address)
	}
	for _, ask := range []struct {
		method, url, host string
		status            int
		holds             string
	}{
		{"GET", address, "", 200, "<!DOCTYPE html>"},
		{"GET", address + "junit.xml", "", 200, "<testsuites"},
		{"GET", address + "report.json", "", 200, `"schema": 1`},
		{"GET", address, "rebound.example", 403, host},
		{"GET", address, strings.Replace(host, "127.0.0.1", "localhost", 1), 403, host},
		{"GET", "http://" + host + "/", "", 404, ""},
		{"GET", address + "recording.jsonl", "", 404, ""},
		{"POST", address, "", 405, ""},
	} {
		q, err := http.NewRequest(ask.method, ask.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Host = ask.host
		a, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(a.Body)
		a.Body.Close()
		if a.StatusCode != ask.status || !strings.Contains(string(body), ask.holds) || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s as %q: %d, %.80s", ask.method, ask.url, ask.host, a.StatusCode, body)
		}
	}
	end()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
