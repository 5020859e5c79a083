package reports

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	testresult "github.com/in-toto/attestation/go/predicates/test_result/v0"
	intoto "github.com/in-toto/attestation/go/v1"
	"google.golang.org/protobuf/encoding/protojson"
)

// recorded is the folder of a real run, kept in testdata.
func recorded(t testing.TB, name string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, recordingFile), unpacked(t, filepath.Join("testdata", "recordings", name+".jsonl.gz")))
	if used, err := os.ReadFile(filepath.Join("testdata", "recordings", name+".yaml")); err == nil {
		write(t, filepath.Join(dir, configFile), used)
	}
	return dir
}

func unpacked(t testing.TB, path string) []byte {
	t.Helper()
	plain, err := gzip.NewReader(bytes.NewReader(read(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(plain)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func write(t testing.TB, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// key makes a key; its private half, and its public one.
func key(t testing.TB, name string) (private, public *Key) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "golive.key")
	private, err := NewKey(name, path)
	if err != nil {
		t.Fatal(err)
	}
	if public, err = ReadKey(path + ".pub"); err != nil {
		t.Fatal(err)
	}
	return private, public
}

// packed is the bundle of a real run; k may be nil.
func packed(t testing.TB, k *Key) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "golive-report")
	if err := Pack(recorded(t, "pay"), dir, k); err != nil {
		t.Fatal(err)
	}
	return dir
}

// unsound has Open refuse the bundle, and gives why.
func unsound(t testing.TB, dir string, keys ...*Key) string {
	t.Helper()
	b, err := Open(dir, keys...)
	var u *Unsound
	if !errors.As(err, &u) || b != nil || len(u.Problems) == 0 {
		t.Fatalf("bundle %v, error %v: want none, and *Unsound", b != nil, err)
	}
	return u.Error()
}

func TestBundleStands(t *testing.T) {
	private, public := key(t, "Example Merchant Ltd")
	stranger, _ := key(t, "Example Merchant Ltd")
	dir := packed(t, private)
	run, err := Judge(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, keys := range [][]*Key{nil, {public}, {stranger, public}} {
		b, err := Open(dir, keys...)
		if err != nil {
			t.Fatal(err)
		}
		if b.Signer == nil || b.Signer.Name != "Example Merchant Ltd" || b.Signer.KeyID != public.ID || b.Signer.Known != (keys != nil) {
			t.Errorf("signer %+v with %d keys", b.Signer, len(keys))
		}
		if b.Report.Decision.Certificate != run.Decision.Certificate || b.Report.Subject != run.Subject || len(b.Report.Verdicts) != len(run.Verdicts) {
			t.Errorf("bundle says %+v of %+v, the run %+v of %+v", b.Report.Decision, b.Report.Subject, run.Decision, run.Subject)
		}
		if b.Catalogue != catalogueDigest() || b.Tool != Version || b.Build == "" || !slices.Contains(b.Files, configFile) {
			t.Errorf("seal %+v of %v", b.Seal, b.Files)
		}
	}
	if why := unsound(t, dir, stranger); !strings.Contains(why, "signed by another key") {
		t.Error(why)
	}
}

func TestUnsignedBundle(t *testing.T) {
	dir := packed(t, nil)
	b, err := Open(dir)
	if err != nil || b.Signer != nil {
		t.Fatalf("signer %v, error %v", b, err)
	}
	_, public := key(t, "Anton")
	if why := unsound(t, dir, public); !strings.Contains(why, "nobody signed it") {
		t.Error(why)
	}
}

// The same run and key give the same bytes; a bundle can be bundled again.
func TestBundleBytes(t *testing.T) {
	private, _ := key(t, "Anton Payments")
	one := packed(t, private)
	two := filepath.Join(t.TempDir(), "deep", "two")
	for range 2 { // the second time over the first
		if err := Pack(one, two, private); err != nil {
			t.Fatal(err)
		}
	}
	list, err := os.ReadDir(one)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if !bytes.Equal(read(t, filepath.Join(one, f.Name())), read(t, filepath.Join(two, f.Name()))) {
			t.Errorf("%s differs", f.Name())
		}
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(two), ".golive*")); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

// Every byte of the small files, 2,000 at random of the large: a change is found.
func TestEachByteIsSealed(t *testing.T) {
	private, _ := key(t, "Example Merchant Ltd")
	for name, k := range map[string]*Key{"signed": private, "unsigned": nil} {
		dir := packed(t, k)
		list, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			if k != nil || f.Name() == certificateFile {
				t.Run(name+"/"+f.Name(), func(t *testing.T) { eachByte(t, dir, f.Name()) })
			}
		}
	}
}

func eachByte(t *testing.T, dir, name string) {
	path := filepath.Join(dir, name)
	whole := read(t, path)
	random := rand.New(rand.NewPCG(7, uint64(len(whole))))
	places := random.Perm(len(whole))
	if len(whole) > 8<<10 {
		places = places[:2000]
	}
	if testing.Short() {
		places = places[:200]
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	put := func(c byte, at int) {
		if _, err := file.WriteAt([]byte{c}, int64(at)); err != nil {
			t.Fatal(err)
		}
	}
	for _, at := range places {
		changed := whole[at] ^ (1 + byte(random.IntN(255)))
		put(changed, at)
		if b, err := Open(dir); err == nil || b != nil {
			t.Fatalf("byte %d, %q made %q: not found", at, whole[at], changed)
		}
		put(whole[at], at)
	}
	if _, err := Open(dir); err != nil {
		t.Fatal(err)
	}
}

// Whoever can write the files and the certificate anew, but not sign, is found
// out by the key; and even the key's holder by the judgement.
func TestForgedBundles(t *testing.T) {
	private, public := key(t, "Example Merchant Ltd")
	stranger, _ := key(t, "Example Merchant Ltd")
	reseal := func(t *testing.T, dir string, k *Key, claim func(*Report)) {
		r, err := Judge(dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		claim(r)
		if err := seal(dir, r, k); err != nil {
			t.Fatal(err)
		}
	}
	certified := func(r *Report) {
		r.Decision = Decision{Certificate: Certified, Sections: r.Decision.Sections, Because: "all 13 items pass"}
	}
	cases := map[string]struct {
		forge func(t *testing.T, dir string)
		want  string
	}{
		"another's key":       {func(t *testing.T, dir string) { reseal(t, dir, stranger, func(*Report) {}) }, "signed by another key"},
		"signature taken off": {func(t *testing.T, dir string) { reseal(t, dir, nil, func(*Report) {}) }, "nobody signed it"},
		"a decision claimed":  {func(t *testing.T, dir string) { reseal(t, dir, private, certified) }, "report.json: certified, judged again: incomplete"},
		"a verdict claimed": {func(t *testing.T, dir string) {
			reseal(t, dir, private, func(r *Report) { r.verdict("retry-after").Outcome = 1 })
		}, "report.json: retry-after is pass, judged again: inconclusive"},
		"a word changed": {func(t *testing.T, dir string) {
			reseal(t, dir, private, func(r *Report) { r.Subject.Merchant = "Another Merchant" })
		}, "report.json: not what the recording gives"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := packed(t, private)
			c.forge(t, dir)
			if why := unsound(t, dir, public); !strings.Contains(why, c.want) {
				t.Errorf("%s\nwant %s", why, c.want)
			}
		})
	}
}

// Files taken away, added, renamed and of another kind are found.
func TestBundleFiles(t *testing.T) {
	cases := map[string]struct {
		change func(dir string) error
		want   string
	}{
		"removed": {func(d string) error { return os.Remove(filepath.Join(d, configFile)) }, "golive.yaml: missing"},
		"added": {func(d string) error {
			return os.WriteFile(filepath.Join(d, "notes.txt"), []byte("hello"), 0o600)
		}, "notes.txt: was not there when it was sealed"},
		"hidden": {func(d string) error { return os.WriteFile(filepath.Join(d, ".x"), nil, 0o600) }, ".x: was not there"},
		"renamed": {func(d string) error {
			return os.Rename(filepath.Join(d, configFile), filepath.Join(d, "golive.yml"))
		}, "golive.yaml: missing; golive.yml: was not there"},
		"swapped": {func(d string) error {
			a, b := filepath.Join(d, configFile), filepath.Join(d, "report.json")
			return errors.Join(os.Rename(a, a+".x"), os.Rename(b, a), os.Rename(a+".x", b))
		}, "golive.yaml: changed since it was sealed; report.json: changed since it was sealed"},
		"folder": {func(d string) error { return os.Mkdir(filepath.Join(d, "more"), 0o700) }, "more: not a plain file"},
		"link": {func(d string) error {
			p := filepath.Join(d, configFile)
			return errors.Join(os.Rename(p, d+".yaml"), os.Symlink(d+".yaml", p))
		}, "golive.yaml: not a plain file"},
		"emptied": {func(d string) error { return os.Truncate(filepath.Join(d, "report.json"), 0) }, "report.json: changed"},
		"cut":     {func(d string) error { return os.Truncate(filepath.Join(d, recordingFile), 20000) }, "recording.jsonl: changed"},
		"certificate emptied": {func(d string) error {
			return os.Truncate(filepath.Join(d, certificateFile), 0)
		}, "certificate.json: no DSSE envelope"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := packed(t, nil)
			if err := c.change(dir); err != nil {
				t.Fatal(err)
			}
			if why := unsound(t, dir); !strings.Contains(why, c.want) {
				t.Errorf("%s\nwant %s", why, c.want)
			}
		})
	}
}

// What is no bundle is a misuse; what is there already is never overwritten.
func TestBundleRefuses(t *testing.T) {
	var m *Misuse
	other := t.TempDir()
	write(t, filepath.Join(other, "thesis.txt"), []byte("years of work"))
	_, public := key(t, "Anton")
	for name, err := range map[string]error{
		"no folder":       second(Open(filepath.Join(other, "nowhere"))),
		"no certificate":  second(Open(other)),
		"a file":          second(Open(filepath.Join(other, "thesis.txt"))),
		"other files":     Pack(recorded(t, "pay"), other, nil),
		"a file in place": Pack(recorded(t, "pay"), filepath.Join(other, "thesis.txt"), nil),
		"public key":      Pack(recorded(t, "pay"), filepath.Join(other, "b"), public),
		"no run":          Pack(filepath.Join(other, "nowhere"), filepath.Join(other, "b"), nil),
	} {
		if !errors.As(err, &m) {
			t.Errorf("%s: %v, want a misuse", name, err)
		}
	}
	run := recorded(t, "pay")
	text := read(t, filepath.Join(run, recordingFile))
	write(t, filepath.Join(run, recordingFile), text[:len(text)-1])
	if err := Pack(run, filepath.Join(other, "b"), nil); err == nil || errors.As(err, &m) {
		t.Errorf("a cut recording: %v", err)
	}
	if list, _ := os.ReadDir(other); len(list) != 1 {
		t.Errorf("left behind: %v", list)
	}
}

func second[T any](_ T, err error) error { return err }

// The certificate is an in-toto statement of a test result, for any reader of such.
func TestCertificateIsInToto(t *testing.T) {
	private, _ := key(t, "Anton")
	for name, r := range map[string]*Report{"PASSED": shape(nil, nil), "FAILED": shape(undecided, nil)} {
		payload, err := statement(r, []*intoto.ResourceDescriptor{{Name: "report.json", Digest: map[string]string{"sha256": digest(nil)}}}, here(private))
		if err != nil {
			t.Fatal(err)
		}
		st, told := &intoto.Statement{}, &testresult.TestResult{}
		if err := protojson.Unmarshal(payload, st); err != nil {
			t.Fatal(err)
		}
		if err := st.Validate(); err != nil {
			t.Error(err)
		}
		predicate, err := protojson.Marshal(st.Predicate)
		if err != nil {
			t.Fatal(err)
		}
		if err := protojson.Unmarshal(predicate, told); err != nil {
			t.Fatal(err)
		}
		if told.Result != name || len(told.PassedTests)+len(told.WarnedTests)+len(told.FailedTests) != len(r.Verdicts) {
			t.Errorf("result %s with %d, %d, %d tests of %d verdicts, want %s", told.Result,
				len(told.PassedTests), len(told.WarnedTests), len(told.FailedTests), len(r.Verdicts), name)
		}
	}
}

func TestKeys(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "k")
	made, err := NewKey("Ärzte & Söhne GmbH", path)
	if err != nil {
		t.Fatal(err)
	}
	public, err := ReadKey(path + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	if made.Name != "Ärzte & Söhne GmbH" || public.Name != made.Name || public.ID != made.ID || public.Public != made.Public || public.signs || !made.signs {
		t.Errorf("made %+v, public %+v", made, public)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	before := read(t, path)
	var m *Misuse
	for name, again := range map[string]error{
		"the key is there": second(NewKey("x", path)),
		"no name":          second(NewKey("", filepath.Join(dir, "a"))),
		"two lines":        second(NewKey("a\nb", filepath.Join(dir, "a"))),
		"a PEM line":       second(NewKey("-----BEGIN X-----", filepath.Join(dir, "a"))),
		"too long":         second(NewKey(strings.Repeat("x", 201), filepath.Join(dir, "a"))),
		"no folder":        second(NewKey("x", filepath.Join(dir, "no", "a"))),
		"no file":          second(ReadKey(filepath.Join(dir, "none"))),
		"no key":           second(ReadKey("bundle_test.go")),
	} {
		if !errors.As(again, &m) {
			t.Errorf("%s: %v, want a misuse", name, again)
		}
	}
	if !bytes.Equal(before, read(t, path)) {
		t.Error("the key was overwritten")
	}
	if list, _ := os.ReadDir(dir); len(list) != 2 {
		t.Error(fmt.Sprint("left behind: ", list))
	}
}

// The archive that the board gives is as good as the folder, wherever it lies;
// what is no archive of a bundle is refused, and nothing leaves its folder.
func TestZippedBundle(t *testing.T) {
	at := t.TempDir()
	dir, archive := filepath.Join(at, "golive-report"), filepath.Join(at, "b.zip")
	if err := Pack(recorded(t, "no-key"), dir, nil); err != nil {
		t.Fatal(err)
	}
	if err := Zip(dir, archive); err != nil {
		t.Fatal(err)
	}
	b, err := Open(archive)
	if err != nil || b.Report.Decision.Certificate != NotCertified {
		t.Fatalf("%v, %v", b, err)
	}
	whole, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	for why, files := range map[string][][2]string{
		"no certificate.json in it": {{"golive-report/report.json", "{}"}},
		"file exists":               {{"a/certificate.json", "{}"}, {"b/certificate.json", "{}"}},
		"does not stand":            {{"x/certificate.json", "{}"}},
		`"x/.." is no plain file`:   {{"x/..", "{}"}},
		"nor a zip file":            nil,
		"1001 files":                make([][2]string, mostFiles+1),
		"certificate.json: changed": {{"../../certificate.json", "{}"}},
	} {
		text := whole[:len(whole)/2]
		if files != nil {
			text = zipOf(t, files)
		}
		if err := os.WriteFile(archive, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(archive); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("want an error with %q, got %v", why, err)
		}
	}
}

func zipOf(t *testing.T, files [][2]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.Create(f[0])
		if err == nil {
			_, err = w.Write([]byte(f[1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
