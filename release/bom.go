package main

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// writeBOM writes the bill of materials of all programs: CycloneDX 1.6, without a serial number, so that the same
// commit gives the same bytes. A module that only some platforms need has them as properties.
func writeBOM(file string, src source, programs []program, l *licences) error {
	modules := map[string]*debug.Module{}
	platforms := map[string][]string{}
	var hashes []cdx.Property
	goVersion := ""
	for _, p := range programs {
		for _, m := range modulesOf(p) {
			modules[m.Path] = m
			platforms[m.Path] = append(platforms[m.Path], p.String())
		}
		data, err := os.ReadFile(p.file)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		hashes = append(hashes, cdx.Property{Name: "hunt:sha256:" + p.String(), Value: hex.EncodeToString(sum[:])})
		goVersion = strings.TrimPrefix(p.info.GoVersion, "go")
	}
	const root = "pkg:golang/hunt"
	std, err := component("std", goVersion, l)
	if err != nil {
		return err
	}
	components := []cdx.Component{std}
	for _, path := range slices.Sorted(maps.Keys(modules)) {
		c, err := component(path, modules[path].Version, l)
		if err != nil {
			return err
		}
		if len(platforms[path]) < len(programs) {
			c.Properties = &[]cdx.Property{{Name: "hunt:platforms", Value: strings.Join(platforms[path], " ")}}
		}
		components = append(components, c)
	}
	var refs []string
	for _, c := range components {
		refs = append(refs, c.BOMRef)
	}
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{
		Timestamp: src.time.Format(time.RFC3339),
		Component: &cdx.Component{
			BOMRef: root, Type: cdx.ComponentTypeApplication, Name: "hunt", Version: src.version,
			Licenses:   &cdx.Licenses{{License: &cdx.License{ID: "GPL-3.0-only"}}},
			Properties: ptr(append([]cdx.Property{{Name: "hunt:commit", Value: src.commit}}, hashes...)),
		},
	}
	bom.Components = &components
	bom.Dependencies = &[]cdx.Dependency{{Ref: root, Dependencies: &refs}}
	return writeFile(file, func(w io.Writer) error {
		return cdx.NewBOMEncoder(w, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false).EncodeVersion(bom,
			cdx.SpecVersion1_6)
	})
}

func component(module, version string, l *licences) (cdx.Component, error) {
	lic, err := l.of(module)
	if err != nil {
		return cdx.Component{}, err
	}
	var terms cdx.Licenses
	for _, id := range lic.ids {
		terms = append(terms, cdx.LicenseChoice{License: &cdx.License{ID: spdx(id)}})
	}
	purl := "pkg:golang/" + strings.ToLower(module) + "@" + version
	return cdx.Component{BOMRef: purl, Type: cdx.ComponentTypeLibrary, Name: module, Version: version, PackageURL: purl,
		Licenses: &terms}, nil
}

// spdx is the identifier that SPDX 3 uses for a licence that the classifier names by an older one.
func spdx(id string) string {
	if slices.Contains([]string{"GPL-2.0", "GPL-3.0", "LGPL-2.1", "LGPL-3.0", "AGPL-3.0"}, id) {
		return id + "-only"
	}
	return id
}

func ptr[T any](v T) *T { return &v }
