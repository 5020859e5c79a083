package reports

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/secure-systems-lab/go-securesystemslib/signerverifier"
)

// Key is an Ed25519 key with the name of who holds it. Its file is PEM (PKCS #8
// or PKIX) with the name on a line before, which other tools pass over.
type Key struct {
	Name   string // as its maker gave it; empty for a key made elsewhere
	ID     string // as securesystemslib computes it from the public key, hex
	Public string // the public key, hex
	pair   *signerverifier.ED25519SignerVerifier
	signs  bool // holds the private key
}

// naming begins the line of a key file that tells who holds the key.
const naming = "golive key of "

// NewKey makes a key for that name and writes it to path, readable by its owner
// alone, and its public key to path.pub. Neither file may exist (*Misuse).
func NewKey(name, path string) (*Key, error) {
	if name == "" || utf8.RuneCountInString(name) > 200 || strings.ContainsFunc(name, unicode.IsControl) || strings.Contains(name, "-----") {
		return nil, misuse("name %q: want 1 to 200 printable characters", name)
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	for _, f := range []string{path, path + ".pub"} {
		if _, err := os.Lstat(f); err == nil {
			return nil, misuse("%s: exists already, and a key is never overwritten: move it away or name another with --to", f)
		}
	}
	if err := create(path, pemFile(name, signerverifier.PrivateKeyPEM, secret), 0o600); err != nil {
		return nil, err
	}
	if err := create(path+".pub", pemFile(name, signerverifier.PublicKeyPEM, pkix(public)), 0o644); err != nil {
		return nil, err
	}
	return ReadKey(path)
}

func pemFile(name, kind string, der []byte) []byte {
	return append([]byte(naming+name+"\n"), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})...)
}

// pkix is a public key in DER; an Ed25519 key always has one.
func pkix(public ed25519.PublicKey) []byte {
	der, _ := x509.MarshalPKIXPublicKey(public)
	return der
}

// create writes a file that must not be there.
func create(path string, content []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrNotExist) {
		return misuse("%s: no folder %s; make it first", path, filepath.Dir(path))
	}
	if err != nil {
		return misuse("%w; name another file", err)
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path)) // half a file is none
	}
	return nil
}

// ReadKey reads a key file, private or public. What is no Ed25519 key is a
// *Misuse.
func ReadKey(path string) (*Key, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, misuse("%s: no such key; golive key new makes one", path)
	}
	if err != nil {
		return nil, misuse("%w; want the file of a key, golive key new makes one", err)
	}
	k, err := parseKey(text)
	if err != nil {
		return nil, misuse("%s: not an Ed25519 key in PEM: %w; golive key new makes one", path, err)
	}
	return k, nil
}

// ReadKeys reads several.
func ReadKeys(paths ...string) (keys []*Key, err error) {
	for _, path := range paths {
		k, err := ReadKey(path)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// Signs reports whether it holds the private key.
func (k *Key) Signs() bool { return k.signs }

func parseKey(text []byte) (*Key, error) {
	read, err := signerverifier.LoadKey(text)
	if err != nil {
		return nil, err
	}
	if read.KeyType != signerverifier.ED25519KeyType {
		return nil, fmt.Errorf("it is of type %s", read.KeyType)
	}
	pair, err := signerverifier.NewED25519SignerVerifierFromSSLibKey(read)
	if err != nil {
		return nil, err
	}
	k := &Key{ID: read.KeyID, Public: read.KeyVal.Public, pair: pair, signs: read.KeyVal.Private != ""}
	if rest, named := strings.CutPrefix(string(text), naming); named {
		k.Name, _, _ = strings.Cut(rest, "\n")
		k.Name = strings.TrimSpace(k.Name)
	}
	return k, nil
}

// keyOf is the key of a public key in hex, as a certificate names it.
func keyOf(public string) (*Key, error) {
	raw, err := hex.DecodeString(public)
	if err != nil || len(raw) != ed25519.PublicKeySize {
		return nil, errors.New("its public key is no Ed25519 key")
	}
	return parseKey(pemFile("", signerverifier.PublicKeyPEM, pkix(raw)))
}
