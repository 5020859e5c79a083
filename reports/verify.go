package reports

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	intoto "github.com/in-toto/attestation/go/v1"

	"github.com/anton-payments/golive/proxy/recording"
)

// Bundle is a bundle that stands: its files are those that were sealed, and its
// recording, judged again, gives its report to the byte. Whether it certifies
// is Report.Decision; for whom, which app version, profile and time stand in
// Report too. A bundle that nobody signed has no Signer: whoever changes all of
// it at once is not found out.
type Bundle struct {
	Seal
	Report *Report  `json:"report"` // judged again, from the recording
	Files  []string `json:"files"`  // by name, the certificate apart
}

// Unsound is the error of a bundle that does not stand.
type Unsound struct {
	Dir      string
	Problems []string // one for each file or fact that does not hold
}

func (u *Unsound) Error() string {
	return fmt.Sprintf("%s does not stand: %s", u.Dir, strings.Join(u.Problems, "; "))
}

// Open verifies a bundle, a folder or the archive that Zip made of it, and gives
// what it says: seal, signature, digests, files missing and added; then it judges
// the recording again and compares. keys are those of whom the caller trusts:
// where there are any, one of them must have signed. Whose the waivers are that
// the report rests on is another question (Accept). The error is an *Unsound, a
// *Misuse where there is no bundle, or golive's own trouble. No Bundle comes with
// an error.
func Open(path string, keys ...*Key) (*Bundle, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil || info.IsDir():
		return openFolder(path, path, keys)
	case !info.Mode().IsRegular():
		return nil, misuse("%s: no bundle: neither a folder nor an archive", path)
	}
	return openZip(path, keys)
}

// openFolder is Open of the folder dir, which the caller knows by a name.
func openFolder(dir, name string, keys []*Key) (*Bundle, error) {
	certificate := filepath.Join(dir, certificateFile)
	if info, err := os.Lstat(certificate); err == nil && !info.Mode().IsRegular() {
		return nil, &Unsound{name, []string{certificateFile + ": not a plain file"}}
	}
	text, err := os.ReadFile(certificate)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, misuse("%s: no bundle: no %s in it; golive bundle makes one from a run", name, certificateFile)
	}
	if err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	i := &inspection{dir: dir}
	b, err := i.bundle(text, keys)
	if err != nil {
		return nil, err
	}
	if len(i.problems) > 0 {
		return nil, &Unsound{name, i.problems}
	}
	return b, nil
}

// inspection is a bundle being verified.
type inspection struct {
	dir      string
	seal     Seal
	problems []string
}

func (i *inspection) problem(format string, args ...any) {
	i.problems = append(i.problems, fmt.Sprintf(format, args...))
}

func (i *inspection) bundle(text []byte, keys []*Key) (*Bundle, error) {
	e, payload, err := disclose(text)
	if err != nil {
		i.problem("%s: %v", certificateFile, err)
		return nil, nil
	}
	s, sealed, err := sealOf(payload)
	if err != nil {
		i.problem("%s: %v", certificateFile, err)
		return nil, nil
	}
	i.signer(e, s.Signer, keys)
	i.seal = s
	files, err := i.files(sealed)
	if err != nil || len(i.problems) > 0 {
		return nil, err
	}
	r, err := i.judged()
	if err != nil || r == nil {
		return nil, err
	}
	if err := i.compare(r, files); err != nil {
		return nil, err
	}
	again, err := statement(r, sealed, s)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, payload) {
		i.problem("%s: does not say what the recording gives", certificateFile)
	}
	return &Bundle{Seal: s, Report: r, Files: files}, nil
}

// signer verifies the signature, and that it is one of those asked for.
func (i *inspection) signer(e *envelope, s *Signer, keys []*Key) {
	if err := e.signedBy(s); err != nil {
		i.problem("%s: %v", certificateFile, err)
		return
	}
	switch {
	case len(keys) == 0:
	case s == nil:
		i.problem("%s: nobody signed it", certificateFile)
	default:
		s.Known = slices.ContainsFunc(keys, func(k *Key) bool { return k.ID == s.KeyID && k.Public == s.Public })
		if !s.Known {
			i.problem("%s: signed by another key, %s, of %q", certificateFile, s.KeyID, s.Name)
		}
	}
}

// files compares the folder with what was sealed; their names.
func (i *inspection) files(sealed []*intoto.ResourceDescriptor) ([]string, error) {
	there, err := digests(i.dir)
	if err != nil {
		i.problem("%v", err)
		return nil, nil
	}
	found := map[string]string{}
	for _, f := range there {
		found[f.Name] = f.Digest["sha256"]
	}
	var names []string
	for _, f := range sealed {
		sum, ok := found[f.Name]
		switch {
		case !ok:
			i.problem("%s: missing", f.Name)
		case sum != f.Digest["sha256"]:
			i.problem("%s: changed since it was sealed", f.Name)
		}
		names = append(names, f.Name)
		delete(found, f.Name)
	}
	for _, f := range there {
		if _, extra := found[f.Name]; extra {
			i.problem("%s: was not there when it was sealed", f.Name)
		}
	}
	for _, need := range []string{recordingFile, reportFile} {
		if !slices.Contains(names, need) {
			i.problem("%s: not among the files sealed", need)
		}
	}
	return names, nil
}

// judged is the recording, judged again; nil, and a problem, when it cannot be
// trusted.
func (i *inspection) judged() (*Report, error) {
	r, err := Judge(filepath.Join(i.dir, recordingFile), Options{})
	var broken *recording.Broken
	var cut *recording.Incomplete
	if errors.As(err, &broken) || errors.As(err, &cut) {
		i.problem("%v", err)
		return nil, nil
	}
	return r, err
}

// compare makes every rendering anew; a report whose verdicts differ is told by
// its verdicts.
func (i *inspection) compare(r *Report, files []string) error {
	for _, f := range Formats {
		if !slices.Contains(files, f.File) {
			continue // not kept in a bundle, or sealed before golive wrote it
		}
		kept, err := os.ReadFile(filepath.Join(i.dir, f.File))
		if err != nil {
			return fmt.Errorf("bundle: %w", err)
		}
		var again bytes.Buffer
		if err := f.Write(&again, r); err != nil {
			return fmt.Errorf("%s: %w", f.File, err)
		}
		if bytes.Equal(kept, again.Bytes()) || f.File == reportFile && i.verdicts(r, kept) {
			continue
		}
		i.problem("%s: not what the recording gives%s", f.File, i.other())
	}
	return nil
}

// other names the golive that sealed where it judges otherwise than this one.
func (i *inspection) other() string {
	if i.seal.Catalogue == catalogueDigest() && i.seal.Build == revision() {
		return ""
	}
	return fmt.Sprintf("; golive %s of build %s sealed it, verify with that one", i.seal.Tool, i.seal.Build)
}

// verdicts compares report.json with the verdicts judged again; false when
// they are the same.
func (i *inspection) verdicts(r *Report, kept []byte) bool {
	var told Report
	if json.Unmarshal(kept, &told) != nil {
		return false
	}
	before := len(i.problems)
	for _, v := range r.Verdicts {
		if t := told.verdict(v.Check); t == nil {
			i.problem("report.json: no verdict of %s, judged again: %s", v.Check, v.Outcome)
		} else if t.Outcome != v.Outcome {
			i.problem("report.json: %s is %s, judged again: %s", v.Check, t.Outcome, v.Outcome)
		}
	}
	if told.Decision.Certificate != r.Decision.Certificate {
		i.problem("report.json: %s, judged again: %s", told.Decision.Certificate, r.Decision.Certificate)
	}
	return len(i.problems) > before
}
