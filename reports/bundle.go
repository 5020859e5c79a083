package reports

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	intoto "github.com/in-toto/attestation/go/v1"

	"github.com/anton-payments/golive/proxy/recording"
)

// Files of a bundle; the others are the Formats that are kept in one.
const (
	certificateFile = "certificate.json"
	recordingFile   = "recording.jsonl"
	reportFile      = "report.json"
	configFile      = "golive.yaml" // as used; runs of golive record and of old have none
)

// Pack judges a run and writes its bundle into the folder dir: what the report
// looks like in every format, the recording, golive.yaml as used, and the
// certificate about them all, signed where k is not nil. run is a run's folder,
// a bundle or a recording. A bundle that stands in dir is replaced, anything
// else never (*Misuse). The same run and key give the same bytes.
func Pack(run, dir string, k *Key) error {
	if err := Packable(dir, k); err != nil {
		return err
	}
	source, config := run, filepath.Join(filepath.Dir(run), configFile)
	if info, err := os.Stat(run); err == nil && info.IsDir() {
		source, config = filepath.Join(run, recordingFile), filepath.Join(run, configFile)
	}
	r, err := Judge(source, Options{})
	if err != nil {
		return err
	}
	if r.Recording.Ended == recording.Imported {
		return misuse("%s: a HAR file holds what no bundle may; bundle a run of golive certify", source)
	}
	parent := filepath.Dir(filepath.Clean(dir))
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return misuse("bundle: %w; name another folder", err)
	}
	made, err := os.MkdirTemp(parent, ".golive-bundle-")
	if err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	defer os.RemoveAll(made)
	if err := errors.Join(transfer(source, filepath.Join(made, recordingFile)), optional(config, filepath.Join(made, configFile))); err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	if err := seal(made, r, k); err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	if err := swap(made, dir); err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	return nil
}

// Packable refuses (*Misuse) a folder that holds something else than a bundle,
// and a key that cannot sign; nil is no key.
func Packable(dir string, k *Key) error {
	if k != nil && !k.signs {
		return misuse("the key of %s is a public one, which cannot sign; give the private key", k.Name)
	}
	list, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(list) == 0 {
		return nil
	}
	if err != nil {
		return misuse("bundle: %w; name another folder", err)
	}
	if !slices.ContainsFunc(list, func(e fs.DirEntry) bool { return e.Name() == certificateFile }) {
		return misuse("%s: holds something else than a bundle, which is never overwritten; name another folder", dir)
	}
	return nil
}

// seal writes the report's renderings and the certificate into a folder that
// holds the evidence.
func seal(dir string, r *Report, k *Key) error {
	for _, f := range Formats {
		if f.File == "" {
			continue
		}
		var b bytes.Buffer
		if err := f.Write(&b, r); err != nil {
			return fmt.Errorf("%s: %w", f.File, err)
		}
		if err := os.WriteFile(filepath.Join(dir, f.File), b.Bytes(), 0o600); err != nil {
			return err
		}
	}
	files, err := digests(dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.Name == recordingFile && f.Digest["sha256"] != r.Recording.Digest {
			return fmt.Errorf("%s: changed while it was bundled", recordingFile)
		}
	}
	payload, err := statement(r, files, here(k))
	if err != nil {
		return err
	}
	text, err := enclose(payload, k)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, certificateFile), text, 0o600)
}

// digests are the files of a bundle with what they hold, by name, the
// certificate apart. Folders, links and devices are an error.
func digests(dir string) ([]*intoto.ResourceDescriptor, error) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []*intoto.ResourceDescriptor
	for _, e := range list {
		if !e.Type().IsRegular() {
			return nil, fmt.Errorf("%s: not a plain file", e.Name())
		}
		if e.Name() == certificateFile {
			continue
		}
		sum, err := fileDigest(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		files = append(files, &intoto.ResourceDescriptor{Name: e.Name(), Digest: map[string]string{"sha256": sum}})
	}
	return files, nil
}

func fileDigest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, f)
	return hex.EncodeToString(sum.Sum(nil)), err
}

// transfer copies a file's bytes into a new one.
func transfer(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// optional is transfer of a file that need not be there.
func optional(from, to string) error {
	err := transfer(from, to)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// swap puts the folder made in dir's place.
func swap(made, dir string) error {
	dir = strings.TrimRight(filepath.Clean(dir), string(filepath.Separator))
	aside := made + ".old"
	if err := os.Rename(dir, aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(made, dir); err != nil {
		return errors.Join(err, os.Rename(aside, dir))
	}
	return os.RemoveAll(aside)
}
