/// Writes bits as section 7.2 of H.264 and H.265 has them read.
#[derive(Clone, Debug, Default)]
pub struct BitWriter {
    bytes: Vec<u8>,
    bits: usize,
}

impl BitWriter {
    /// u(n)
    pub fn u(&mut self, count: u32, value: u32) -> &mut Self {
        for bit in (0..count).rev() {
            if self.bits.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let last = self.bytes.last_mut().expect("pushed above");
            *last |= ((value >> bit & 1) as u8) << (7 - self.bits % 8);
            self.bits += 1;
        }
        self
    }

    /// u(1)
    pub fn flag(&mut self, value: bool) -> &mut Self {
        self.u(1, value.into())
    }

    /// ue(v), section 9.1
    pub fn ue(&mut self, value: u32) -> &mut Self {
        let code = u64::from(value) + 1;
        let length = 63 - code.leading_zeros();
        self.u(length, 0)
            .flag(true)
            .u(length, (code - (1 << length)) as u32)
    }

    /// se(v), section 9.1.1
    pub fn se(&mut self, value: i32) -> &mut Self {
        match value {
            1.. => self.ue(value as u32 * 2 - 1),
            _ => self.ue(value.unsigned_abs() * 2),
        }
    }

    /// The bytes, the last one filled up with zeros.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// `rbsp_trailing_bits( )`, then the whole as a NAL unit with emulation prevention.
    pub fn into_nal_unit(self, header: u8) -> Vec<u8> {
        self.into_nal_unit_of(&[header])
    }

    /// The same with a header of any length.
    pub fn into_nal_unit_of(mut self, header: &[u8]) -> Vec<u8> {
        self.flag(true);
        let mut unit = header.to_vec();
        let mut zeros = 0;
        for byte in self.bytes {
            if zeros >= 2 && byte <= 3 {
                unit.push(3);
                zeros = 0;
            }
            zeros = if byte == 0 { zeros + 1 } else { 0 };
            unit.push(byte);
        }
        unit
    }
}
