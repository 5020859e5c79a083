package authority

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	keystore "github.com/pavlo-v-chernykh/keystore-go/v4"
	"software.sslmate.com/src/go-pkcs12"
)

// StorePassword opens Java's trust stores, by long custom. It guards nothing:
// certificates are public.
const StorePassword = pkcs12.DefaultPassword

// Store is a trust store for Java, PKCS#12 under StorePassword, in the old form
// that Java 8 reads as well as the newest: the certificates of bundle (PEM) and
// those of own, the store that Java would use by itself, in either of its forms
// and under password; nil: none. What cannot be read as a certificate is left out.
func Store(bundle, own []byte, password string) ([]byte, error) {
	var entries []pkcs12.TrustStoreEntry
	seen := map[string]bool{}
	for _, c := range append(parsed(bundle), trusted(own, password)...) {
		if seen[string(c.Raw)] {
			continue
		}
		seen[string(c.Raw)] = true
		entries = append(entries, pkcs12.TrustStoreEntry{Cert: c, FriendlyName: fmt.Sprintf("golive-%d", len(entries))})
	}
	store, err := pkcs12.LegacyDES.EncodeTrustStoreEntries(entries, StorePassword)
	if err != nil {
		return nil, fmt.Errorf("trust store for Java: %w", err)
	}
	return store, nil
}

// parsed are the certificates of a PEM file.
func parsed(bundle []byte) (all []*x509.Certificate) {
	for block, rest := pem.Decode(bundle); block != nil; block, rest = pem.Decode(rest) {
		if c, err := x509.ParseCertificate(block.Bytes); err == nil {
			all = append(all, c)
		}
	}
	return all
}

// jks begins a store in the form that Java wrote until version 8 and Debian
// writes today.
var jks = []byte{0xfe, 0xed, 0xfe, 0xed}

// trusted are the certificates in a store of Java's.
func trusted(store []byte, password string) (all []*x509.Certificate) {
	if !bytes.HasPrefix(store, jks) {
		for _, p := range []string{password, ""} {
			if all, err := pkcs12.DecodeTrustStore(store, p); err == nil {
				return all
			}
		}
		return nil
	}
	ks := keystore.New(keystore.WithOrderedAliases())
	if err := ks.Load(bytes.NewReader(store), []byte(password)); err != nil {
		return nil
	}
	for _, alias := range ks.Aliases() {
		entry, err := ks.GetTrustedCertificateEntry(alias)
		if err != nil {
			continue // a private key
		}
		if c, err := x509.ParseCertificate(entry.Certificate.Content); err == nil {
			all = append(all, c)
		}
	}
	return all
}

// javaStore is the store of the Java that the app will most likely run in: the
// one in JAVA_TOOL_OPTIONS, that of JAVA_HOME, of the java on PATH, or the
// system's; nil when there is none.
func javaStore() (store []byte, password string) {
	own, password := "", StorePassword
	for option := range strings.FieldsSeq(os.Getenv("JAVA_TOOL_OPTIONS")) {
		if path, ok := strings.CutPrefix(option, "-Djavax.net.ssl.trustStore="); ok {
			own = path
		}
		if word, ok := strings.CutPrefix(option, "-Djavax.net.ssl.trustStorePassword="); ok {
			password = word
		}
	}
	if store, err := os.ReadFile(own); err == nil {
		return store, password
	}
	for _, path := range cacerts() {
		if store, err := os.ReadFile(path); err == nil {
			return store, StorePassword
		}
	}
	return nil, ""
}

// cacerts are the places of Java's own store, the likeliest first.
func cacerts() (places []string) {
	homes := []string{os.Getenv("JAVA_HOME")}
	if java, err := exec.LookPath("java"); err == nil {
		if whole, err := filepath.EvalSymlinks(java); err == nil {
			homes = append(homes, filepath.Dir(filepath.Dir(whole)))
		}
	}
	for _, home := range homes {
		if home != "" {
			places = append(places, filepath.Join(home, "lib/security/cacerts"), filepath.Join(home, "jre/lib/security/cacerts"))
		}
	}
	return append(places, "/etc/ssl/certs/java/cacerts")
}
