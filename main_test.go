package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/anton-payments/golive/proxy/recording"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"golive": main})
}

// TestScripts runs the command line, each text file of fixtures/scripts in a
// folder of its own. Beside testscript's own commands there are
//
//	code N COMMAND …   the command ends with exit code N
//	await GLOB         until a file of that name is there
//	source FILE        take the environment file's variables over
//	post URL JSON      as the merchant, with the sandbox's key; $ID is what was made
//	receiver CODE      a webhook receiver, https://pay.example.com by $HTTPS_PROXY
//	nowhere TEXT       no file of the folder holds it
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "fixtures/scripts",
		RequireExplicitExec: true,
		Setup:               recordings,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": exitCode, "await": await, "source": source, "post": post, "receiver": receiver, "nowhere": nowhere,
		},
	})
}

func exitCode(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) < 2 {
		ts.Fatalf("usage: code N COMMAND …")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		got = ended.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d\n%s", got, want, ts.ReadFile("stderr"))
	}
}

func await(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 1 {
		ts.Fatalf("usage: await GLOB")
	}
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for range 3000 {
		if found, err := filepath.Glob(ts.MkAbs(args[0])); err != nil || len(found) > 0 {
			ts.Check(err)
			return
		}
		<-look.C
	}
	ts.Fatalf("%s did not come", args[0])
}

// source takes an environment file's variables over.
func source(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 1 {
		ts.Fatalf("usage: source FILE")
	}
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		ts.Setenv(name, value)
	}
}

// post has the merchant make something at Anton, or steers the sandbox.
func post(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: post URL JSON [METHOD]")
	}
	pem, err := os.ReadFile(ts.MkAbs(ts.Getenv("SSL_CERT_FILE")))
	ts.Check(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}, Timeout: 30 * time.Second}
	req, err := http.NewRequest(append(args, http.MethodPost)[2], args[0], strings.NewReader(args[1]))
	ts.Check(err)
	req.Header.Set("Authorization", "Bearer "+ts.Getenv("ANTON_API_KEY"))
	resp, err := client.Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	ts.Check(err)
	if resp.StatusCode/100 != 2 {
		ts.Fatalf("%s: %s %s", args[0], resp.Status, body)
	}
	_, after, _ := strings.Cut(string(body), `"id":"`)
	id, _, _ := strings.Cut(after, `"`)
	ts.Setenv("ID", id)
}

// receiver starts a webhook receiver that answers CODE, and a proxy that leads
// every host to it; its authority goes to receiver.pem.
func receiver(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 1 {
		ts.Fatalf("usage: receiver CODE")
	}
	code, err := strconv.Atoi(args[0])
	ts.Check(err)
	hook := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }))
	ts.Defer(hook.Close)
	way := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		there, err := net.Dial("tcp", hook.Listener.Addr().String())
		if err != nil || r.Method != http.MethodConnect {
			http.Error(w, "no way", http.StatusBadGateway)
			return
		}
		defer there.Close()
		w.WriteHeader(http.StatusOK)
		here, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer here.Close()
		go func() {
			io.Copy(there, here)
			there.(*net.TCPConn).CloseWrite()
		}()
		io.Copy(here, there)
	}))
	ts.Defer(way.Close)
	ts.Setenv("HTTPS_PROXY", way.URL)
	ts.Check(os.WriteFile(ts.MkAbs("receiver.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: hook.Certificate().Raw}), 0o600))
}

// nowhere looks through every file of the script's folder.
func nowhere(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 1 || len(args[0]) < 8 {
		ts.Fatalf("usage: nowhere TEXT, of 8 characters or more")
	}
	ts.Check(filepath.WalkDir(ts.MkAbs("."), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if err == nil && bytes.Contains(text, []byte(args[0])) {
			ts.Fatalf("%s holds it", path)
		}
		return err
	}))
}

// recordings puts a whole recording into the script's folder, and others that
// are broken in one way each.
func recordings(e *testscript.Env) error {
	path := filepath.Join(e.WorkDir, "whole.jsonl")
	w, err := recording.Create(path, recording.NewScrub(), recording.Open{
		Version: recording.Version, Tool: "0.1.0", Profile: "2026-02", Run: "GLSCRIPT",
		At:       time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC),
		Merchant: recording.Merchant{Name: "Example Merchant Ltd"}, Upstream: "embedded", Route: "proxy",
	})
	if err != nil {
		return err
	}
	for range 3 {
		if err := w.Mark(recording.Mark{Kind: recording.MarkNote, Facts: map[string]string{"text": "nothing happened"}}); err != nil {
			return err
		}
	}
	if err := w.Close("finished"); err != nil {
		return err
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	return errors.Join(
		put(e, "empty.jsonl"),
		put(e, "cut.jsonl", lines[:3]...),
		put(e, "missing.jsonl", lines[0], lines[2]),
		put(e, "changed.jsonl", bytes.Replace(whole, []byte("nothing happened"), []byte("nothing happenee"), 1)),
		put(e, "later.jsonl", bytes.Replace(whole, []byte(`"version":1`), []byte(`"version":2`), 1)),
		put(e, "other.jsonl", []byte("not a recording\n")),
	)
}

func put(e *testscript.Env, name string, parts ...[]byte) error {
	return os.WriteFile(filepath.Join(e.WorkDir, name), bytes.Join(parts, nil), 0o600)
}
