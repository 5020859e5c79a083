package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/anton-payments/golive/proxy/recording"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"golive": main, "leaky": leaky})
}

// TestScripts runs the command line, each text file of fixtures/scripts in a
// folder of its own. Beside testscript's own commands there are
//
//	code N COMMAND …   the command ends with exit code N
//	await GLOB         until a file of that name is there
//	corporate USER PASSWORD URL  the machine's own proxy, $HTTPS_PROXY, leads all to URL's host
//	! canaries [AT-LEAST] VALUES PATH …  no spelling of a value is in those files
//	source FILE        take the environment file's variables over
//	post URL JSON      as the merchant, with the sandbox's key; $ID is what was made
//	receiver CODE      a webhook receiver, https://pay.example.com by $HTTPS_PROXY; receiver.log tells what it got
//	witness LOG        stands before Anton and tells what it is sent, and who shows the key
//	payouts N          the merchant makes so many, and each ends
//	outcome WORD ID …  of items and checks of the JSON report on standard output; all: the 28 items
//	ask WANT METHOD URL [JSON]  ask a server until its answer holds WANT
//	certified FILE AGE the recording of a run that certifies, begun AGE ago
//	copy FILE FILE TO  the files, one behind the other
//	append FILE LINE   a further line
//	nowhere TEXT       no file of the folder holds it
//	step FILE          the shell script of a CI file of ours, as step.sh
//
// Where a yaml file says FREEPORT stands a port that was free, $FREEPORT to the script.
// $SOON and $LATE are days in UTC, 30 and 91 from now, and $GONE two ago.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "fixtures/scripts",
		RequireExplicitExec: true,
		Setup:               func(e *testscript.Env) error { return errors.Join(recordings(e), freePorts(e), days(e)) },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": exitCode, "await": await, "source": source, "post": post, "receiver": receiver, "nowhere": nowhere, "certified": certified, "copy": join, "append": appendLine, "step": step,
			"ask": ask, "canaries": canaries, "corporate": corporate, "witness": witness, "payouts": payouts, "outcome": outcome,
		},
	})
}

func ask(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) < 3 {
		ts.Fatalf("usage: ask WANT METHOD URL [JSON]")
	}
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	var got []byte
	for range 1200 {
		r, err := http.NewRequest(args[1], args[2], strings.NewReader(strings.Join(args[3:], "")))
		ts.Check(err)
		if resp, err := http.DefaultClient.Do(r); err == nil {
			got, _ = io.ReadAll(resp.Body)
			resp.Body.Close()
		}
		if bytes.Contains(got, []byte(args[0])) {
			return
		}
		<-again.C
	}
	ts.Fatalf("%s answers %s, want %s", args[2], got, args[0])
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
	client := &http.Client{Transport: trusting(ts), Timeout: 30 * time.Second}
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

// trusting is a way to the sandbox, by the authority in $SSL_CERT_FILE.
func trusting(ts *testscript.TestScript) *http.Transport {
	pem, err := os.ReadFile(ts.MkAbs(ts.Getenv("SSL_CERT_FILE")))
	ts.Check(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
}

// receiver starts a webhook receiver that answers CODE, and a proxy that leads
// every host to it; its authority goes to receiver.pem.
func receiver(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 1 {
		ts.Fatalf("usage: receiver CODE")
	}
	code, err := strconv.Atoi(args[0])
	ts.Check(err)
	log := ts.MkAbs("receiver.log")
	hook := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		noteRequest(log, r)
		w.WriteHeader(code)
	}))
	ts.Defer(hook.Close)
	way := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			http.Error(w, "no way", http.StatusBadGateway)
			return
		}
		throughTo(w, hook.Listener.Addr().String())
	}))
	ts.Defer(way.Close)
	ts.Setenv("HTTPS_PROXY", way.URL)
	ts.Check(os.WriteFile(ts.MkAbs("receiver.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: hook.Certificate().Raw}), 0o600))
}

// certified writes the recording of the bundled app's run as one that began so
// long ago: the first line's moment is set, and the chain of hashes made anew.
func certified(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 2 {
		ts.Fatalf("usage: certified FILE AGE")
	}
	age, err := time.ParseDuration(args[1])
	ts.Check(err)
	packed, err := os.Open("fixtures/testdata/certified.jsonl.gz")
	ts.Check(err)
	defer packed.Close()
	plain, err := gzip.NewReader(packed)
	ts.Check(err)
	text, err := io.ReadAll(plain)
	ts.Check(err)
	began := regexp.MustCompile(`"at":"[^"]*"`)
	stated := regexp.MustCompile(`"date":"[0-9-]{10}"`) // a person's word grows stale
	hash := regexp.MustCompile(`^(\{"n":\d+,"prev":")[0-9a-f]{64}`)
	var out bytes.Buffer
	prev := ""
	for line := range bytes.Lines(text) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		if prev == "" {
			at := time.Now().UTC().Add(-age).Format(time.RFC3339Nano)
			line = began.ReplaceAll(line, []byte(`"at":"`+at+`"`))
		}
		line = stated.ReplaceAll(line, []byte(`"date":"`+time.Now().UTC().Add(-age).Format(time.DateOnly)+`"`))
		line = hash.ReplaceAll(line, []byte("${1}"+prev))
		if end := bytes.Index(line, []byte(`,"sum":"`)); end > 0 && bytes.Contains(line, []byte(`"close":{`)) {
			line = fmt.Appendf(nil, `%s,"sum":"%x"}}`, line[:end], sha256.Sum256(line[:end]))
		}
		prev = fmt.Sprintf("%x", sha256.Sum256(line))
		out.Write(append(line, '\n'))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), out.Bytes(), 0o600))
}

// join writes two files into one.
func join(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 3 {
		ts.Fatalf("usage: copy FILE FILE TO")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(ts.ReadFile(args[0])+ts.ReadFile(args[1])), 0o600))
}

func appendLine(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 2 {
		ts.Fatalf("usage: append FILE LINE")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(ts.ReadFile(args[0])+args[1]+"\n"), 0o600))
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
	for _, name := range []string{"pass.json", "fail.json"} { // reports that were written before
		text, err := os.ReadFile(filepath.Join("reports/testdata", name))
		if err := errors.Join(err, put(e, name, text)); err != nil {
			return err
		}
	}
	return errors.Join(
		put(e, "empty.jsonl"),
		put(e, "cut.jsonl", lines[:3]...),
		put(e, "missing.jsonl", lines[0], lines[2]),
		put(e, "changed.jsonl", bytes.Replace(whole, []byte("nothing happened"), []byte("nothing happenee"), 1)),
		put(e, "later.jsonl", bytes.Replace(whole, []byte(`"version":1`), []byte(`"version":2`), 1)),
		put(e, "other.jsonl", []byte("not a recording\n")),
	)
}

// freePorts puts a free port where a script's yaml files say FREEPORT: other
// tests may run on the machine.
func freePorts(e *testscript.Env) error {
	files, err := filepath.Glob(filepath.Join(e.WorkDir, "*.yaml"))
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	e.Setenv("FREEPORT", port)
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		if err := os.WriteFile(f, bytes.ReplaceAll(text, []byte("FREEPORT"), []byte(port)), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func put(e *testscript.Env, name string, parts ...[]byte) error {
	return os.WriteFile(filepath.Join(e.WorkDir, name), bytes.Join(parts, nil), 0o600)
}

// The files by which others run golive.
var ciFiles = []string{"action.yml", ".gitlab/golive.gitlab-ci.yml"}

type stepOf struct {
	Shell string
	Run   string
}

// job is as much of an action or a GitLab job as is looked at.
type job struct {
	Inputs map[string]any
	Runs   struct {
		Using string
		Steps []stepOf
	}
	Golive struct {
		Variables map[string]string
		Script    []string
	} `yaml:".golive"`
}

func readJob(path string) (j job, text string, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return j, "", err
	}
	return j, string(data), yaml.Unmarshal(data, &j)
}

// script is the shell of a CI file that certifies.
func (j job) script() string {
	for _, s := range j.Runs.Steps {
		if strings.Contains(s.Run, "golive certify") {
			return s.Run
		}
	}
	return strings.Join(j.Golive.Script, "\n")
}

var repository, _ = os.Getwd() // before any script changes it

func step(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 1 {
		ts.Fatalf("usage: step FILE")
	}
	j, _, err := readJob(filepath.Join(repository, args[0]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("step.sh"), []byte(j.script()), 0o600))
}

func TestCIFiles(t *testing.T) {
	action, text, err := readJob("action.yml")
	if err != nil || action.Runs.Using != "composite" {
		t.Fatalf("action.yml: using %q, %v", action.Runs.Using, err)
	}
	for _, m := range regexp.MustCompile(`\$\{\{ inputs\.([\w-]+) \}\}`).FindAllStringSubmatch(text, -1) {
		if _, declared := action.Inputs[m[1]]; !declared {
			t.Errorf("action.yml: inputs.%s is not declared", m[1])
		}
	}
	for _, s := range action.Runs.Steps {
		if s.Run != "" && s.Shell != "bash" {
			t.Errorf("action.yml: a step runs without shell: bash:\n%s", s.Run)
		}
	}
	gitlab, _, err := readJob(".gitlab/golive.gitlab-ci.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`\$(GOLIVE_\w+)`).FindAllStringSubmatch(gitlab.script(), -1) {
		if _, declared := gitlab.Golive.Variables[m[1]]; !declared {
			t.Errorf(".gitlab/golive.gitlab-ci.yml: %s is not declared", m[1])
		}
	}
}

// wrote finds command lines of ours in a text: golive and a command.
var wrote = regexp.MustCompile("(?m)(?:^|[\\s(`])(?:\\./)?golive +([a-z][^\n`]*)")

// Every golive command that a file shows is one that golive takes.
func TestCommandsShown(t *testing.T) {
	shown := 0
	for _, path := range append([]string{"README.md", "proxy/project/write.go"}, ciFiles...) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range wrote.FindAllStringSubmatch(string(data), -1) {
			words := shellWords(m[1])
			if !slices.Contains(commandNames(t), words[0]) {
				continue // golive in a sentence
			}
			shown++
			k := kong.Must(&commands{}, kong.Name("golive"), kong.Exit(func(int) {}))
			if _, err := k.Parse(words); err != nil {
				t.Errorf("%s: golive %s: %v", path, m[1], err)
			}
		}
	}
	if shown < 12 {
		t.Errorf("%d commands only", shown)
	}
}

func commandNames(t *testing.T) (names []string) {
	t.Helper()
	k := kong.Must(&commands{})
	for _, n := range k.Model.Children {
		names = append(names, n.Name)
	}
	return names
}

// shellWords are the words of a command up to where the shell goes on.
func shellWords(line string) (words []string) {
	for word := range strings.FieldsSeq(line) {
		if slices.Contains([]string{"||", "|", ">", ">>", "#", "&&"}, word) {
			break
		}
		word = strings.Trim(word, `"'.,;:)`)
		if word != "" {
			words = append(words, word)
		}
	}
	return words
}

// TestDockerfile: the image is built by the Go that go.mod wants, from files
// that are there, and what it starts is what was built.
func TestDockerfile(t *testing.T) {
	data, err := os.ReadFile(".docker/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	wants := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(string(mod))[1]
	text := string(data)
	for _, want := range []string{"FROM golang:" + wants + "-", "CGO_ENABLED=0 go build", "-o /out/golive .", "FROM scratch\n", "COPY --from=build /out/ /\n", "ENTRYPOINT [\"/golive\"]"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in the Dockerfile", want)
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^COPY ([^-\n][^\n]*) \S+$`).FindAllStringSubmatch(text, -1) {
		for file := range strings.FieldsSeq(m[1]) {
			if _, err := os.Stat(file); err != nil {
				t.Error(err)
			}
		}
	}
	for line := range strings.Lines(text) {
		if !regexp.MustCompile(`^(#|FROM|WORKDIR|COPY|RUN|ENTRYPOINT|\n)`).MatchString(line) {
			t.Errorf("not an instruction: %s", line)
		}
	}
}
