//! Ed25519 for tokens, by ring, which TLS brings along anyway.
//!
//! jsonwebtoken takes its cryptography from whoever gives it some; what it offers itself comes with RSA and the curves of
//! NIST, which nobody here may use. The invariant: no other algorithm signs a token, and none verifies one.

use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{ErrorKind, Result},
    jwk::EllipticCurve,
    signature::{Error, Signer, Verifier},
};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

/// A private key of Ed25519 as PKCS#8 (RFC 8410) up to the seed, the public half left out.
const PKCS8: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    key_utils: KeyUtils { ed_pub_components_from_private_key: public_half, ..KeyUtils::new_unimplemented() },
};

/// Has jsonwebtoken use it. Whoever signs, verifies or publishes a key calls this first; once more does nothing.
pub fn install() {
    // One that is there already is this one: nobody installs another.
    let _ = PROVIDER.install_default();
}

/// The private key that follows from this seed, as PKCS#8.
#[must_use]
pub fn private_key(seed: &[u8; 32]) -> Vec<u8> {
    [&PKCS8[..], seed].concat()
}

struct Private(Ed25519KeyPair);

impl Signer<Vec<u8>> for Private {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        Ok(self.0.sign(message).as_ref().to_vec())
    }
}

impl JwtSigner for Private {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

struct Public(UnparsedPublicKey<Vec<u8>>);

impl Verifier<Vec<u8>> for Public {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        self.0.verify(message, signature).map_err(|_| Error::new())
    }
}

impl JwtVerifier for Public {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    only(*algorithm, key.family() == Algorithm::EdDSA.family())?;
    Ok(Box::new(Private(pair(key.as_bytes())?)))
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    only(*algorithm, key.family() == Algorithm::EdDSA.family())?;
    Ok(Box::new(Public(UnparsedPublicKey::new(&ED25519, key.try_get_as_bytes()?.to_vec()))))
}

fn only(algorithm: Algorithm, of_its_family: bool) -> Result<()> {
    if algorithm == Algorithm::EdDSA && of_its_family { Ok(()) } else { Err(ErrorKind::InvalidAlgorithm.into()) }
}

fn public_half(private: &[u8], curve: &EllipticCurve) -> Result<Vec<u8>> {
    if *curve != EllipticCurve::Ed25519 {
        return Err(ErrorKind::InvalidEddsaKey.into());
    }
    Ok(pair(private)?.public_key().as_ref().to_vec())
}

fn pair(pkcs8: &[u8]) -> Result<Ed25519KeyPair> {
    // Without the public half there is nothing to check the private one against.
    Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).map_err(|_| ErrorKind::InvalidEddsaKey.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, 7.1, test 2.
    #[test]
    fn a_key_signs_as_the_standard_says() {
        let seed = bytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        let private = private_key(&seed.try_into().expect("32 bytes"));
        let public = public_half(&private, &EllipticCurve::Ed25519).expect("a key");
        assert_eq!(public, bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"));
        let signature = signer(&Algorithm::EdDSA, &EncodingKey::from_ed_der(&private)).expect("a key").sign(&[0x72]);
        let expected = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                        085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
        assert_eq!(signature, bytes(expected));
        let verifier = verifier(&Algorithm::EdDSA, &DecodingKey::from_ed_der(&public)).expect("a key");
        assert!(verifier.verify(&[0x72], &signature).is_ok());
        assert!(verifier.verify(&[0x73], &signature).is_err(), "other words");
        assert!(verifier.verify(&[0x72], &signature[1..].to_vec()).is_err(), "a part of it");
    }

    #[test]
    fn no_other_algorithm_signs_or_verifies() {
        let secret = EncodingKey::from_secret(b"k1");
        assert!(signer(&Algorithm::HS256, &secret).is_err() && signer(&Algorithm::EdDSA, &secret).is_err());
        let secret = DecodingKey::from_secret(b"k1");
        assert!(verifier(&Algorithm::HS256, &secret).is_err() && verifier(&Algorithm::EdDSA, &secret).is_err());
    }

    fn bytes(hex: &str) -> Vec<u8> {
        let byte = |place: usize| u8::from_str_radix(&hex[place..place + 2], 16).expect("hexadecimal");
        (0..hex.len()).step_by(2).map(byte).collect()
    }
}
