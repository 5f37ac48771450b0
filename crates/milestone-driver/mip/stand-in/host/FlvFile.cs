using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace StandInHost
{
    /// <summary>The access units of an FLV file, as a driver has to deliver them when the file is pushed.</summary>
    internal sealed class FlvFile
    {
        private const int HeaderLength = 13;
        private const int TagHeaderLength = 11;
        private const int AudioTag = 8;
        private const int VideoTag = 9;
        private static readonly byte[] StartCode = { 0, 0, 0, 1 };

        public readonly List<AccessUnit> AccessUnits = new List<AccessUnit>();
        /// <summary>AAC frames or samples, as they are in the tags.</summary>
        public readonly List<AccessUnit> Sound = new List<AccessUnit>();
        private byte[] _parameterSets;
        private int _time;

        public FlvFile(string path)
        {
            byte[] file = File.ReadAllBytes(path);
            int at = HeaderLength;
            while (at + TagHeaderLength <= file.Length)
            {
                int length = BigEndian(file, at + 1, 3);
                _time = BigEndian(file, at + 4, 3) | file[at + 7] << 24;
                if (file[at] == AudioTag)
                    AddSound(file, at + TagHeaderLength, length);
                if (file[at] == VideoTag)
                    AddVideo(file, at + TagHeaderLength, length);
                at += TagHeaderLength + length + 4;
            }
        }

        /// <summary>Position of a frame in the file; -1 if it is not in it.</summary>
        public int IndexOf(byte[] data, int startAt)
        {
            for (int step = 0; step < AccessUnits.Count; step++)
            {
                int index = (startAt + step) % AccessUnits.Count;
                if (AccessUnits[index].Data.SequenceEqual(data))
                    return index;
            }
            return -1;
        }

        /// <summary>Frames of an endless push: the clip again and again, nothing left out.</summary>
        public void CheckSequence(IList<Picture> video)
        {
            Check.True(video.Count > 0, "there is no video");
            int index = IndexOf(video[0].Data, 0);
            Check.True(index >= 0 && AccessUnits[index].IsKey, "the first frame is no key frame of the clip");
            for (int i = 0; i < video.Count; i++)
            {
                int expected = (index + i) % AccessUnits.Count;
                Check.True(AccessUnits[expected].Data.SequenceEqual(video[i].Data),
                    "frame {0} is number {1} of the clip instead of number {2}", i, IndexOf(video[i].Data, 0), expected);
            }
        }

        private void AddSound(byte[] file, int start, int length)
        {
            bool isAac = file[start] >> 4 == 10;
            if (isAac && file[start + 1] == 0)
                return;
            int header = isAac ? 2 : 1;
            Sound.Add(new AccessUnit(true, file.Skip(start + header).Take(length - header).ToArray(), _time));
        }

        private void AddVideo(byte[] file, int start, int length)
        {
            int end = start + length;
            bool key = (file[start] >> 4 & 7) == 1;
            if ((file[start] & 0x80) != 0)
            {
                // ExVideoTagHeader: packet type, FourCC; a composition time with coded frames alone.
                int packetType = file[start] & 0x0F;
                if (packetType == 0)
                    _parameterSets = H265ParameterSets(file, start + 5);
                if (packetType == 1)
                    AddPicture(file, start + 8, end, key);
                if (packetType == 3)
                    AddPicture(file, start + 5, end, key);
            }
            else
            {
                // VideoTagHeader: frame type and codec, AVCPacketType, composition time.
                if (file[start + 1] == 0)
                    _parameterSets = ParameterSets(file, start + 5);
                if (file[start + 1] == 1)
                    AddPicture(file, start + 5, end, key);
            }
        }

        private void AddPicture(byte[] file, int body, int end, bool key)
        {
            var data = new MemoryStream();
            if (key)
                data.Write(_parameterSets, 0, _parameterSets.Length);
            while (body < end)
            {
                int nalLength = BigEndian(file, body, 4);
                WriteNal(data, file, body + 4, nalLength);
                body += 4 + nalLength;
            }
            AccessUnits.Add(new AccessUnit(key, data.ToArray(), _time));
        }

        /// <summary>SPS and PPS of an AVCDecoderConfigurationRecord.</summary>
        private static byte[] ParameterSets(byte[] file, int at)
        {
            var data = new MemoryStream();
            at += 5;
            at = WriteSets(data, file, at, file[at] & 0x1F);
            WriteSets(data, file, at, file[at]);
            return data.ToArray();
        }

        /// <summary>VPS, SPS and PPS of an HEVCDecoderConfigurationRecord.</summary>
        private static byte[] H265ParameterSets(byte[] file, int at)
        {
            var data = new MemoryStream();
            at += 22;
            int arrays = file[at++];
            for (int i = 0; i < arrays; i++)
            {
                int type = file[at] & 0x3F;
                int count = BigEndian(file, at + 1, 2);
                at += 3;
                for (int j = 0; j < count; j++)
                {
                    int length = BigEndian(file, at, 2);
                    if (type >= 32 && type <= 34)
                        WriteNal(data, file, at + 2, length);
                    at += 2 + length;
                }
            }
            return data.ToArray();
        }

        private static int WriteSets(MemoryStream data, byte[] file, int at, int count)
        {
            at++;
            for (int i = 0; i < count; i++)
            {
                int length = BigEndian(file, at, 2);
                WriteNal(data, file, at + 2, length);
                at += 2 + length;
            }
            return at;
        }

        private static void WriteNal(MemoryStream data, byte[] file, int start, int length)
        {
            data.Write(StartCode, 0, StartCode.Length);
            data.Write(file, start, length);
        }

        private static int BigEndian(byte[] bytes, int at, int count)
        {
            int value = 0;
            for (int i = 0; i < count; i++)
                value = value << 8 | bytes[at + i];
            return value;
        }
    }

    internal sealed class AccessUnit
    {
        public readonly bool IsKey;
        public readonly byte[] Data;
        /// <summary>Timestamp of its tag, in milliseconds.</summary>
        public readonly int Time;

        public AccessUnit(bool isKey, byte[] data, int time)
        {
            Time = time;
            IsKey = isKey;
            Data = data;
        }
    }
}
