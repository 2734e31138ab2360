//! (preface)
